import { ObservedExchange, type ObservingHost } from "../exchange/observed_exchange.ts";
import type { ResponseRecord } from "../exchange/response_record.ts";
import type { ResponseTransport } from "../exchange/transport.ts";
import type { RequestHead } from "../http/request_head.ts";
import { type ExchangeMessage, REQUEST_START, RESPONSE_END } from "./diagnostics.ts";

/** An exchange that is published on the channels of `node:diagnostics_channel`. */
export class TracedExchange extends ObservedExchange {
  readonly #message: Omit<ExchangeMessage, "record"> & { record: ResponseRecord | null };

  /**
   * @param host Has the handler.
   * @param transport Carries the exchange.
   * @param head The head of the request.
   */
  constructor(host: ObservingHost, transport: ResponseTransport, head: RequestHead) {
    super(host, transport, head);
    const { request, secure } = this.describe();
    this.#message = { request, secure, localPort: host.localPort, record: null };
  }

  override run(): void {
    REQUEST_START.runStores(this.#message, super.run, this);
  }

  protected override ended(record: ResponseRecord): void {
    // The same object on both channels: subscribers find by it what they began.
    this.#message.record = record;
    RESPONSE_END.publish(this.#message);
    super.ended(record);
  }
}
