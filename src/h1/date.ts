let line = "";
let lineSecond = -1;

/**
 * The Date field line with its CRLF, RFC 9110 section 6.6.1. It is made anew once a second.
 *
 * @param now Milliseconds since the epoch.
 */
export function dateLine(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== lineSecond) {
    lineSecond = second;
    line = `date: ${new Date(second * 1000).toUTCString()}\r\n`;
  }
  return line;
}
