// RFC 9110 section 5.6.7:
//
//   HTTP-date    = IMF-fixdate / obs-date
//   IMF-fixdate  = day-name "," SP day SP month SP year SP time-of-day SP GMT
//   obs-date     = rfc850-date / asctime-date
//   rfc850-date  = day-name-l "," SP 2DIGIT "-" month "-" 2DIGIT SP time-of-day SP GMT
//   asctime-date = day-name SP month SP ( 2DIGIT / ( SP 1DIGIT ) ) SP time-of-day SP year

const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const MONTH = "(?<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const TIME = "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)";

const FORMATS: readonly RegExp[] = [
  new RegExp(`^${DAY}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${LONG_DAY}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>\\d\\d| \\d) ${TIME} (?<year>\\d{4})$`),
];

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

/**
 * Parses an HTTP-date in any of its three formats (RFC 9110 section 5.6.7).
 *
 * @param text The value of a field such as `if-modified-since`.
 * @param now The current time, in milliseconds since the epoch: it decides the century of a two-digit year.
 * @returns Milliseconds since the epoch, always a whole second; `null` if the text is no HTTP-date.
 */
export function parseHttpDate(text: string, now: number): number | null {
  for (const format of FORMATS) {
    const groups = format.exec(text)?.groups;
    if (groups !== undefined) return toTime(groups, now);
  }
  return null;
}

/**
 * Formats a time as an IMF-fixdate (RFC 9110 section 5.6.7).
 *
 * @param time Milliseconds since the epoch; the fraction of a second is dropped.
 * @returns For example `Sun, 06 Nov 1994 08:49:37 GMT`.
 */
export function formatHttpDate(time: number): string {
  return new Date(time).toUTCString();
}

function toTime(groups: Readonly<Record<string, string>>, now: number): number | null {
  const [day, hour, minute] = [Number(groups.day), Number(groups.hour), Number(groups.minute)];
  // A leap second is a valid time-of-day; no clock here can tell it from the second after.
  const second = Number(groups.second);
  if (day < 1 || hour > 23 || minute > 59 || second > 60) return null;
  const month = MONTHS.indexOf(groups.month!) / 3;
  const year = groups.year!.length === 2 ? fullYear(Number(groups.year), now) : Number(groups.year);
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (date.getUTCMonth() !== month) return null;
  return date.setUTCHours(hour, minute, second);
}

/** A two-digit year that would be more than 50 years from now is a year of the past century. */
function fullYear(year: number, now: number): number {
  const current = new Date(now).getUTCFullYear();
  const candidate = current - current % 100 + year;
  return candidate > current + 50 ? candidate - 100 : candidate;
}
