/** Answers with what `Request.tls` tells, after the number of the thread. */
import { perThread } from "../../mod.ts";

export default perThread(({ thread }) => ({
  handle: (req, res) => {
    const { tls } = req;
    const certificate = tls?.peerCertificate ?? null;
    res.send(JSON.stringify({
      thread,
      tls: tls === null ? null : { ...tls, peerCertificate: certificate?.subject.CN ?? null },
      bytes: certificate?.raw.length ?? 0,
    }));
  },
}));
