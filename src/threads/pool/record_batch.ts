import type { ResponseRecord } from "../../exchange/response_record.ts";
import { type PostedRecord, postRecord } from "./posted_record.ts";

const { setImmediate } = globalThis as unknown as { readonly setImmediate: (callback: () => void) => void };

/** Gathers the records of responses of one turn, which are posted in one message. */
export class RecordBatch {
  readonly #post: (records: readonly PostedRecord[]) => void;
  #records: PostedRecord[] = [];

  /** @param post Posts the records. */
  constructor(post: (records: readonly PostedRecord[]) => void) {
    this.#post = post;
  }

  /** Adds a record. */
  add(record: ResponseRecord): void {
    if (this.#records.push(postRecord(record)) === 1) setImmediate(() => this.flush());
  }

  /** Posts what has been gathered. */
  flush(): void {
    const records = this.#records;
    if (records.length === 0) return;
    this.#records = [];
    this.#post(records);
  }
}
