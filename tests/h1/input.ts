import { assertEquals, assertThrows } from "@std/assert";
import { HttpError } from "../../src/http/errors.ts";
import type { BodyDecoder } from "../../src/h1/body_decoder.ts";
import { InputBuffer } from "../../src/h1/input_buffer.ts";

/** The bytes whose numbers are the character codes of a text, none above 0xFF. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The text whose character codes are the bytes. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** A buffer that a text has arrived in. */
export function inputOf(text: string): InputBuffer {
  const input = new InputBuffer();
  input.push(bytesOf(text));
  return input;
}

/** Tells `take` of each piece that a decoder makes of what arrives; what it leaves is returned. */
export function decodePieces(
  decoder: BodyDecoder,
  pieces: readonly string[],
  take: (piece: Uint8Array) => void,
): string {
  const input = new InputBuffer();
  for (const piece of pieces) {
    if (piece === "") continue;
    input.push(bytesOf(piece));
    for (let bytes = decoder.decode(input); bytes !== null; bytes = decoder.decode(input)) take(bytes);
  }
  return textOf(input.take(Infinity));
}

/** Every byte as a character. */
export const BYTES: readonly string[] = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

/**
 * Runs a check for all ways to cut a text into two pieces, an empty one included, and the one into single
 * characters. The error of a check that fails says which.
 */
export function eachSplit(text: string, check: (pieces: readonly string[]) => void): void {
  for (let at = 0; at <= text.length; at++) checkPieces([text.slice(0, at), text.slice(at)], check);
  checkPieces([...text], check);
}

/** Runs a check for a text in one piece and in single characters. */
export function eachExtreme(text: string, check: (pieces: readonly string[]) => void): void {
  checkPieces([text], check);
  checkPieces([...text], check);
}

function checkPieces(pieces: readonly string[], check: (pieces: readonly string[]) => void): void {
  try {
    check(pieces);
  } catch (error) {
    throw new Error(`In pieces ${JSON.stringify(pieces)}: ${error}`, { cause: error });
  }
}

/** Asserts that a call throws the `HttpError` with that status and those words. */
export function assertRefused(run: () => unknown, status: number, reason: string, about = ""): void {
  const error = assertThrows(run, HttpError, undefined, about);
  assertEquals(`${error.status} ${error.message}`, `${status} ${reason}`, about);
}
