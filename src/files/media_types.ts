/**
 * Media types by file extension.
 *
 * A table of our own: `@std/media-types` is published on JSR alone, and a package that depends on JSR cannot
 * be installed from the npm registry without its users' configuring a second one. The table holds what
 * websites are made of; the option `mediaTypes` adds to it.
 *
 * @module
 */

const TEXT = "; charset=utf-8";

// IANA's registry of media types; .ico is what browsers and other servers call it.
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html" + TEXT,
  htm: "text/html" + TEXT,
  css: "text/css" + TEXT,
  js: "text/javascript" + TEXT,
  mjs: "text/javascript" + TEXT,
  cjs: "text/javascript" + TEXT,
  txt: "text/plain" + TEXT,
  text: "text/plain" + TEXT,
  log: "text/plain" + TEXT,
  md: "text/markdown" + TEXT,
  markdown: "text/markdown" + TEXT,
  csv: "text/csv" + TEXT,
  tsv: "text/tab-separated-values" + TEXT,
  ics: "text/calendar" + TEXT,
  vcf: "text/vcard" + TEXT,
  vtt: "text/vtt" + TEXT,
  // RFC 8259 and RFC 7303: JSON is UTF-8, and XML names its encoding itself.
  json: "application/json",
  map: "application/json",
  jsonld: "application/ld+json",
  geojson: "application/geo+json",
  webmanifest: "application/manifest+json",
  xml: "application/xml",
  xhtml: "application/xhtml+xml",
  atom: "application/atom+xml",
  rss: "application/rss+xml",
  yaml: "application/yaml",
  yml: "application/yaml",
  toml: "application/toml",
  wasm: "application/wasm",
  pdf: "application/pdf",
  rtf: "application/rtf",
  sql: "application/sql",
  epub: "application/epub+zip",
  zip: "application/zip",
  gz: "application/gzip",
  tgz: "application/gzip",
  zst: "application/zstd",
  br: "application/octet-stream",
  bz2: "application/x-bzip2",
  xz: "application/x-xz",
  tar: "application/x-tar",
  "7z": "application/x-7z-compressed",
  rar: "application/vnd.rar",
  jar: "application/java-archive",
  apk: "application/vnd.android.package-archive",
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ppt: "application/vnd.ms-powerpoint",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  odt: "application/vnd.oasis.opendocument.text",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
  odp: "application/vnd.oasis.opendocument.presentation",
  m3u8: "application/vnd.apple.mpegurl",
  mpd: "application/dash+xml",
  svg: "image/svg+xml",
  png: "image/png",
  apng: "image/apng",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  heic: "image/heic",
  jxl: "image/jxl",
  bmp: "image/bmp",
  tif: "image/tiff",
  tiff: "image/tiff",
  ico: "image/x-icon",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  aac: "audio/aac",
  ogg: "audio/ogg",
  oga: "audio/ogg",
  opus: "audio/ogg",
  flac: "audio/flac",
  wav: "audio/wav",
  weba: "audio/webm",
  mid: "audio/midi",
  midi: "audio/midi",
  mp4: "video/mp4",
  m4v: "video/mp4",
  webm: "video/webm",
  ogv: "video/ogg",
  mov: "video/quicktime",
  avi: "video/vnd.avi",
  mkv: "video/matroska",
  mpeg: "video/mpeg",
  mpg: "video/mpeg",
  ts: "video/mp2t",
  woff: "font/woff",
  woff2: "font/woff2",
  ttf: "font/ttf",
  otf: "font/otf",
  ttc: "font/collection",
  eot: "application/vnd.ms-fontobject",
  glb: "model/gltf-binary",
  gltf: "model/gltf+json",
  stl: "model/stl",
};

const BUILT_IN: ReadonlyMap<string, string> = new Map(Object.entries(TYPES));

/** The type of a file of which nothing is known (RFC 9110 section 8.3). */
const UNKNOWN = "application/octet-stream";

/** Media types by extension: those of a program, before the built-in ones. */
export type MediaTypes = ReadonlyMap<string, string>;

/**
 * Finds the media type of a file by the extension of its name.
 *
 * @param name The name, without its folder.
 * @param own Types that take precedence, by extension in lower case and without the dot.
 * @returns The value of `content-type`; `application/octet-stream` if the extension is not known.
 */
export function mediaType(name: string, own: MediaTypes): string {
  const dot = name.lastIndexOf(".");
  if (dot <= 0) return UNKNOWN;
  const extension = name.slice(dot + 1).toLowerCase();
  return own.get(extension) ?? BUILT_IN.get(extension) ?? UNKNOWN;
}
