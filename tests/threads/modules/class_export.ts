export default class {
  handle(): void {}
  fetch(): Response {
    return new Response();
  }
}
