/** Formats times as IMF-fixdate (RFC 9110 section 5.6.7) and caches the text for one second. */
export class HttpDate {
  #text = "";
  #second = -1;

  /**
   * Formats the value of a Date field.
   *
   * @param now Milliseconds since the epoch.
   */
  format(now: number): string {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * 1000).toUTCString();
    }
    return this.#text;
  }
}
