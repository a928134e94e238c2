import type { Fresh, Handler, Request, Response } from "../../../mod.ts";

/** A handler with fields of its own, as hyper's struct that implements `Handler`. */
class Greeter implements Handler {
  readonly #greeting: string;

  constructor(greeting: string) {
    this.#greeting = greeting;
  }

  handle(_req: Request, res: Response<Fresh>): void {
    res.send(this.#greeting);
  }
}

export default new Greeter("an object");
