import type { RequestSummary } from "../../exchange/request_summary.ts";
import type { ResponseRecord } from "../../exchange/response_record.ts";
import { encodeFields, headerMapFromText } from "../../http/header_map.ts";
import { type PostedError, postError, receiveError } from "./posted_error.ts";

/** A summary of a request on its way between threads: its fields as text. */
export type PostedSummary = Omit<RequestSummary, "headers"> & { readonly fields: string };

/** A record of a response on its way between threads. */
export type PostedRecord = Omit<ResponseRecord, "headers" | "error"> & {
  readonly fields: string | null;
  readonly error: PostedError | null;
};

/** Makes a summary ready to be posted. */
export function postSummary({ headers, ...rest }: RequestSummary): PostedSummary {
  return { ...rest, fields: encodeFields(headers) };
}

/** Makes the summary that was posted; `null` of anything else that a program posted in its place. */
export function receiveSummary(posted: PostedSummary | null): RequestSummary | null {
  if (typeof posted?.fields !== "string") return null;
  const { fields, ...rest } = posted;
  return { ...rest, headers: headerMapFromText(fields) };
}

/** Makes a record ready to be posted. */
export function postRecord({ headers, error, ...rest }: ResponseRecord): PostedRecord {
  return {
    ...rest,
    fields: headers === null ? null : encodeFields(headers),
    error: error === undefined ? null : postError(error),
  };
}

/** Makes the record that was posted. */
export function receiveRecord({ fields, error, ...rest }: PostedRecord): ResponseRecord {
  return {
    ...rest,
    headers: fields === null ? null : headerMapFromText(fields),
    error: error === null ? undefined : receiveError(error),
  };
}
