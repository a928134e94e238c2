import { perThread } from "../../../mod.ts";

// hyper's example of a `Sender` in a `Mutex`: every thread has a sender of its own to the one receiver.
export default perThread<{ channel: string }>(({ state }) => {
  const sender = new BroadcastChannel(state.channel);
  return (req, res) => {
    sender.postMessage(req.uri.path);
    return res.send();
  };
});
