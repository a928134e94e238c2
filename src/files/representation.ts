import type { RequestFields } from "./conditions.ts";
import { acceptedCodings, CODING_EXTENSIONS } from "./content_coding.ts";
import { mediaType } from "./media_types.ts";
import type { OpenFile } from "./open_file.ts";
import type { FileSettings } from "./options.ts";
import type { Presentation } from "./file_reply.ts";

/** A file that has been found, and how to find its compressed copies. */
export interface FoundFile {
  /** The file. */
  readonly file: OpenFile;
  /** The path as it was asked for, for `cacheControl`. */
  readonly path: string;
  /** The last name of the path, by which the media type is found. */
  readonly name: string;
  /** Opens the file whose name has an extension more. */
  open(extension: string): Promise<OpenFile | "folder" | null>;
}

/** The file that is sent, or a compressed copy of it, and how it is presented. */
export interface Representation {
  readonly file: OpenFile;
  readonly presentation: Presentation;
}

/**
 * Chooses between a file and its compressed copies (RFC 9110 section 12.1).
 *
 * @param found The file. It is closed if a compressed copy takes its place, and if this fails.
 * @param request The fields of the request.
 * @param settings How files are presented.
 */
export async function chooseRepresentation(
  found: FoundFile,
  request: RequestFields,
  settings: FileSettings,
): Promise<Representation> {
  const { cacheControl, codings, mediaTypes } = settings;
  let kept = false;
  try {
    const accepted = codings.length === 0
      ? codings
      : acceptedCodings(request.get("accept-encoding"), codings);
    const presentation = {
      type: mediaType(found.name, mediaTypes),
      varies: codings.length > 0,
      cacheControl: typeof cacheControl === "function" ? cacheControl(found.path) : cacheControl,
    };
    for (const coding of accepted) {
      const copy = await found.open(CODING_EXTENSIONS[coding]);
      if (copy === null || copy === "folder") continue;
      return { file: copy, presentation: { ...presentation, coding } };
    }
    kept = true;
    return { file: found.file, presentation: { ...presentation, coding: null } };
  } finally {
    if (!kept) await found.file.handle.close();
  }
}
