/**
 * Prevents a rejected promise from counting as an unhandled rejection. Clients disconnect all the time, and a
 * handler may await a read later or never; without this the rejection would end the process. Code that awaits
 * the promise still gets the rejection.
 *
 * @param promise The promise that is returned to the program. A promise derived from it needs a call of its
 * own.
 * @returns The promise that was passed.
 */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

function ignore(): void {}
