import type { Corpus } from "./corpus.ts";

/** A generator of numbers from 0 up to 1, equal in every run. */
export type Random = () => number;

/** Generates a whole number below `bound`. */
export function below(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}

/** Picks an element of a list. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)]!;
}

/** The request that ends half of the cases. It must not be answered after a refusal. */
const SENTINEL = "GET /sentinel HTTP/1.1\r\nHost: s\r\n\r\n";

const MAX_LENGTH = 2500;

/** Creates a new input from inputs of the corpus. */
export function mutate(random: Random, corpus: Corpus): string {
  // Most vectors are refused, and the bytes after them are not parsed. Therefore valid requests often come
  // first.
  let text = random() < 0.4 ? pick(random, corpus.good) : pick(random, corpus.inputs);
  while (random() < 0.35) text += pick(random, random() < 0.5 ? corpus.good : corpus.inputs);
  // One fifth stays unchanged: sequences of valid messages are as important as invalid ones.
  const count = random() < 0.2 ? 0 : 1 + below(random, 3) + (random() < 0.1 ? 4 : 0);
  for (let i = 0; i < count; i++) text = pick(random, MUTATIONS)(text, random, corpus);
  if (random() < 0.5) text += SENTINEL;
  return text.slice(0, MAX_LENGTH);
}

type Mutation = (text: string, random: Random, corpus: Corpus) => string;

const MUTATIONS: readonly Mutation[] = [
  insertWord,
  insertWord,
  insertByte,
  replaceByte,
  replaceByte,
  deleteRange,
  deleteByte,
  duplicateRange,
  duplicateLine,
  duplicateLine,
  deleteLine,
  swapLines,
  swapBytes,
  changeCase,
  changeNumber,
  changeNumber,
  changeLineEnd,
  changeFraming,
  changeFraming,
  addField,
  addField,
  splice,
  truncate,
  respace,
];

/** Picks a position in a text, more often at a boundary, where parsers tend to fail. */
function place(text: string, random: Random): number {
  if (random() < 0.5) return below(random, text.length + 1);
  const seams = [...text.matchAll(/[\r\n:;= ,]/g)].map(({ index }) => index + below(random, 2));
  return seams.length === 0 ? 0 : pick(random, seams);
}

function insertWord(text: string, random: Random, { words }: Corpus): string {
  const at = place(text, random);
  return text.slice(0, at) + pick(random, words) + text.slice(at);
}

function insertByte(text: string, random: Random): string {
  const at = place(text, random);
  return text.slice(0, at) + anyByte(random) + text.slice(at);
}

function replaceByte(text: string, random: Random): string {
  const at = place(text, random);
  return text.slice(0, at) + anyByte(random) + text.slice(at + 1);
}

/** Picks any byte, half of the time a control character. */
function anyByte(random: Random): string {
  return String.fromCharCode(random() < 0.5 ? below(random, 0x21) : below(random, 256));
}

function deleteByte(text: string, random: Random): string {
  const at = place(text, random);
  return text.slice(0, at) + text.slice(at + 1);
}

function deleteRange(text: string, random: Random): string {
  const at = place(text, random);
  return text.slice(0, at) + text.slice(at + 1 + below(random, 12));
}

function duplicateRange(text: string, random: Random): string {
  const at = place(text, random);
  const end = at + 1 + below(random, 40);
  return text.slice(0, end) + text.slice(at, end) + text.slice(end);
}

function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}

function duplicateLine(text: string, random: Random): string {
  const lines = linesOf(text);
  lines.splice(below(random, lines.length + 1), 0, pick(random, lines));
  return lines.join("");
}

function deleteLine(text: string, random: Random): string {
  const lines = linesOf(text);
  lines.splice(below(random, lines.length), 1);
  return lines.join("");
}

function swapLines(text: string, random: Random): string {
  const lines = linesOf(text);
  const [a, b] = [below(random, lines.length), below(random, lines.length)];
  [lines[a], lines[b]] = [lines[b]!, lines[a]!];
  return lines.join("");
}

function swapBytes(text: string, random: Random): string {
  const at = place(text, random);
  return text.slice(0, at) + (text[at + 1] ?? "") + (text[at] ?? "") + text.slice(at + 2);
}

function changeCase(text: string, random: Random): string {
  const at = place(text, random);
  const end = at + 1 + below(random, 20);
  const part = text.slice(at, end).replace(
    /[a-zA-Z]/g,
    (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 0x20),
  );
  return text.slice(0, at) + part + text.slice(end);
}

function changeNumber(text: string, random: Random): string {
  const numbers = [...text.matchAll(/[0-9a-fA-F]+/g)];
  if (numbers.length === 0) return text;
  const { index, 0: digits } = pick(random, numbers);
  const value = parseInt(digits, 16);
  const changed = [
    `${value + 1}`,
    `${Math.max(0, value - 1)}`,
    `0${digits}`,
    `${digits}0`,
    (value + 1).toString(16),
    `${digits},${digits}`,
    ` ${digits}`,
    `${digits} `,
    "",
    `${below(random, 40)}`,
  ];
  return text.slice(0, index) + pick(random, changed) + text.slice(index + digits.length);
}

function changeLineEnd(text: string, random: Random): string {
  const ends = [...text.matchAll(/\r?\n/g)];
  if (ends.length === 0) return text;
  const { index, 0: end } = pick(random, ends);
  const other = pick(random, [
    "\n",
    "\r",
    "\r\r\n",
    "\r\n\r\n",
    "\n\r",
    " \r\n",
    "\r\n ",
    "\r\n\t",
    "",
    "\0\r\n",
  ]);
  return text.slice(0, index) + other + text.slice(index + end.length);
}

/** Changes the framing of a message, but not its content. */
function changeFraming(text: string, random: Random): string {
  const fields = [...text.matchAll(/(?:content-length|transfer-encoding)[^\n]*\n/gi)];
  if (fields.length === 0) return addField(text, random);
  const { index, 0: field } = pick(random, fields);
  const other = pick(random, [
    "",
    "Content-Length: 5\r\n",
    `Content-Length: ${below(random, 20)}\r\n`,
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding:\r\n chunked\r\n",
    `${field}${field}`,
    `${field}Content-Length: 0\r\n`,
    `${field}Transfer-Encoding: chunked\r\n`,
  ]);
  return text.slice(0, index) + other + text.slice(index + field.length);
}

const FIELDS = [
  "Content-Length: 4\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Expect: 100-continue\r\n",
  "Host: b\r\n",
  "Upgrade: h2c\r\nConnection: upgrade\r\n",
  "X:\r\n",
  "X: \xe9\r\n",
];

/** Inserts a field after a request line. */
function addField(text: string, random: Random): string {
  const lines = [...text.matchAll(/HTTP\/1\.\d\r\n/g)];
  if (lines.length === 0) return text + pick(random, FIELDS);
  const { index, 0: end } = pick(random, lines);
  const at = index + end.length;
  return text.slice(0, at) + pick(random, FIELDS) + text.slice(at);
}

/** Joins the beginning of this input and the end of another. */
function splice(text: string, random: Random, { inputs }: Corpus): string {
  const other = pick(random, inputs);
  return text.slice(0, place(text, random)) + other.slice(place(other, random));
}

function truncate(text: string, random: Random): string {
  return text.slice(0, place(text, random));
}

function respace(text: string, random: Random): string {
  const blanks = [...text.matchAll(/[ \t]/g)];
  if (blanks.length === 0) return ` ${text}`;
  const { index } = pick(random, blanks);
  return text.slice(0, index) + pick(random, ["", "  ", "\t", " \t ", "\r\n ", "\x0b"]) +
    text.slice(index + 1);
}
