/** A response as seen by `node:http`. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly localPort: number;
  /** Status and `link` of the interim responses. */
  readonly informational: readonly (readonly [number, unknown])[];
  /** `true` if the client received a 100. */
  readonly continued: boolean;
}

/** Output of `client_program.ts`. */
export interface ClientResults {
  readonly fetch: {
    readonly text: string;
    readonly chunks: string;
    readonly length: string | null;
    readonly digest: string;
    readonly streamed: string;
    readonly form: unknown;
    readonly head: readonly [number, string | null, string];
    readonly refused: readonly [number, string, string];
    readonly cookies: readonly string[];
    readonly empty: number;
    readonly cut: string;
  };
  readonly agent: { readonly texts: readonly string[]; readonly connections: number };
  readonly hints: HttpAnswer;
  readonly trailers: HttpAnswer;
  readonly expect: HttpAnswer;
}
