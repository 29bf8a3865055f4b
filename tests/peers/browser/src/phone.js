// SPDX-License-Identifier: BSD-2-Clause
// The phone inside the page: JsSIP over WebSocket, media from the browser's fake devices. The driver
// (peer.mjs) calls window.phone.*; what happens is told through window.tell, which the driver offers.
import JsSIP from "jssip";

let agent = null;
let session = null;
const NO_SERVERS = { iceServers: [] };

function tell(event, details = {}) {
  window.tell({ event, ...details });
}

function watch(created) {
  session = created;
  session.on("progress", (e) =>
    tell("progress", { status: e.response ? e.response.status_code : 0 }));
  session.on("confirmed", () => tell("confirmed"));
  session.on("ended", (e) => tell("ended", { cause: e.cause, from: e.originator }));
  session.on("failed", (e) =>
    tell("failed", { cause: e.cause, from: e.originator, status: e.message?.status_code ?? 0 }));
  session.on("hold", (e) => tell("hold", { from: e.originator }));
  session.on("unhold", (e) => tell("unhold", { from: e.originator }));
  session.on("newDTMF", (e) => tell("dtmf", { from: e.originator, tone: e.dtmf.tone }));
  session.on("sdp", (e) => tell("sdp", { from: e.originator, type: e.type, sdp: e.sdp }));
  const connection = (c) =>
    c.addEventListener("connectionstatechange", () => tell("media", { state: c.connectionState }));
  if (session.connection) connection(session.connection);
  else session.on("peerconnection", (e) => connection(e.peerconnection));
}

window.phone = {
  start({ url, uri, user, password, register, contact_uri }) {
    agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url)],
      uri,
      authorization_user: user,
      password,
      contact_uri,
      register: Boolean(register),
      register_expires: 120,
      session_timers: false,
      user_agent: "browser",
      connection_recovery_min_interval: 1,
    });
    agent.on("connected", () => tell("connected"));
    agent.on("disconnected", (e) => tell("disconnected", { error: Boolean(e.error), code: e.code ?? 0 }));
    agent.on("registered", () => tell("registered"));
    agent.on("unregistered", () => tell("unregistered"));
    agent.on("registrationFailed", (e) =>
      tell("registration_failed", { cause: e.cause, status: e.response?.status_code ?? 0 }));
    agent.on("newMessage", (e) => {
      if (e.originator === "remote") tell("message", { body: e.request.body });
    });
    agent.on("newRTCSession", (e) => {
      if (e.originator !== "remote") return;
      watch(e.session);
      tell("incoming", { from: e.request.from.uri.toString(), sdp: e.request.body });
    });
    agent.start();
  },

  call({ to, video, headers }) {
    watch(agent.call(to, {
      mediaConstraints: { audio: true, video: Boolean(video) },
      pcConfig: NO_SERVERS,
      extraHeaders: headers ?? [],
    }));
  },

  answer() {
    session.answer({ mediaConstraints: { audio: true, video: false }, pcConfig: NO_SERVERS });
  },

  hangup({ status }) {
    session.terminate(status ? { status_code: status } : {});
  },

  hold() {
    session.hold();
  },

  unhold() {
    session.unhold();
  },

  dtmf({ tones, transport }) {
    session.sendDTMF(tones, { transportType: transport ?? "INFO" });
  },

  message({ to, body }) {
    agent.sendMessage(to, body, {
      eventHandlers: {
        succeeded: () => tell("message_sent"),
        failed: (e) => tell("message_failed", { cause: e.cause }),
      },
    });
  },

  // Packets and audio energy each way, and what was negotiated, as the browser counts them.
  async stats() {
    const found = { received: 0, sent: 0, energy: 0, dtls: "", srtp: "", ice: "" };
    (await session.connection.getStats()).forEach((row) => {
      if (row.type === "inbound-rtp" && row.kind === "audio") {
        found.received += row.packetsReceived;
        found.energy += row.totalAudioEnergy ?? 0;
      }
      if (row.type === "outbound-rtp" && row.kind === "audio") found.sent += row.packetsSent;
      if (row.type === "transport") {
        found.dtls = row.dtlsState;
        found.srtp = row.srtpCipher ?? "";
        found.ice = row.iceState ?? "";
      }
    });
    tell("stats", found);
  },

  stop() {
    if (agent) agent.stop();
  },
};
