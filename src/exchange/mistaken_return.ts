/**
 * The error of a handler that returned something, which would be lost: it names what was returned, and the
 * wrapper that was meant.
 */
export function mistakenReturn(value: unknown): TypeError {
  return new TypeError(`Cannot use what the handler returned: it is ${describe(value)}`);
}

function describe(value: unknown): string {
  if (value === null) return `null: ${OTHERWISE}`;
  if (typeof value === "string") return "text: send it with res.send()";
  if (typeof value !== "object") return `a ${typeof value}: ${OTHERWISE}`;
  try {
    if (value instanceof Uint8Array) return "bytes: send them with res.send()";
    if (Object.prototype.toString.call(value) === "[object Response]") {
      return "a Fetch Response: wrap the handler in fetchHandler()";
    }
  } catch {
    // A proxy that has been revoked, say, is just an object.
  }
  return `an object: ${OTHERWISE}`;
}

const OTHERWISE = "send content with res.send(), or wrap a handler that returns a Response in fetchHandler()";
