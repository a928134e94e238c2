/**
 * A Host field that names the machine itself, or an address: `localhost`, `x.localhost`, `127.0.0.1`,
 * `[::1]`.
 */
const LOCAL = /^(?:(?:[a-z0-9-]+\.)*localhost\.?|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])(?::\d*)?$/i;

/**
 * Checks if the built-in page may answer to a name. A web page of somebody else can make its own name
 * stand for this machine (DNS rebinding), and would then read what is answered to that name; it cannot do so
 * with an address, with `localhost`, or with a name that is not its own.
 *
 * @param host The value of Host.
 * @param hostname The name or address that the server was told to listen on.
 */
export function isOwnHost(host: string, hostname: string): boolean {
  if (LOCAL.test(host)) return true;
  return hostname !== "" && host.replace(/:\d*$/, "").toLowerCase() === hostname.toLowerCase();
}
