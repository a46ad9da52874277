// What local-slack delivers to the bot is watched and put right, and what it never delivers is added.

import { createHmac, randomUUID } from "node:crypto";
import { homes, keep, own } from "./own.js";

const ACKNOWLEDGED_WITHIN = 5_000; // ms, as long as local-slack itself waits

export const sockets = new Map(); // Bun's socket -> what local-slack is given in its place
export const deliveries = []; // without any text: what was sent when, and whether it was acknowledged
export const payloads = []; // of events only, for redelivery
const waiting = new Map(); // envelope id -> what to do when it is acknowledged

function delivered(over, id, type, payload, retry = 0) {
  if (type === "events_api" && retry === 0) keep(payloads, payload);
  const event = payload?.event ?? {};
  return keep(deliveries, {
    id,
    over,
    type,
    event: event.type ?? null,
    subtype: event.subtype ?? null,
    ts: event.ts ?? event.message?.ts ?? null,
    retry,
    acknowledged: false,
    status: null,
  });
}

// Where a button was pressed, as Slack tells it. local-slack calls every place a message, App Home included.
function placed(payload) {
  if (payload?.type !== "block_actions") return payload;
  if (payload.channel?.id === "") {
    const { channel, message, response_url, container, ...rest } = payload;
    const view = homes.get(payload.user.id) ?? { type: "home" };
    return { ...rest, container: { type: "view", view_id: view.id }, view };
  }
  if (payload.message?.subtype === "ephemeral") {
    const { message, ...rest } = payload;
    return { ...rest, container: { ...payload.container, is_ephemeral: true } };
  }
  return payload;
}

export function watched(socket) {
  const stand_in = {
    data: socket.data,
    close: (...how) => socket.close(...how),
    send(text) {
      if (socket.data.kind !== "socket") return socket.send(text);
      const envelope = JSON.parse(text);
      const { envelope_id, type, payload } = envelope;
      const known = envelope_id && deliveries.some(({ id }) => id === envelope_id); // one envelope, two connections
      if (envelope_id && !known) delivered("socket", envelope_id, type, payload);
      return socket.send(type === "interactive" ? JSON.stringify({ ...envelope, payload: placed(payload) }) : text);
    },
  };
  sockets.set(socket, stand_in);
  return stand_in;
}

export function acknowledged(text) {
  let id;
  try {
    id = JSON.parse(text).envelope_id;
  } catch {
    return; // not an acknowledgement; local-slack ignores it too
  }
  const delivery = deliveries.find((one) => one.id === id);
  if (delivery) delivery.acknowledged = true;
  waiting.get(id)?.();
  waiting.delete(id);
}

export const wrapped = (event) => ({
  token: "verification-token",
  team_id: own.team,
  api_app_id: own.app,
  event,
  type: "event_callback",
  event_id: `Ev${randomUUID().replaceAll("-", "").toUpperCase()}`,
  event_time: Math.floor(Date.now() / 1000),
  authorizations: [{ enterprise_id: null, team_id: own.team, user_id: own.bot, is_bot: true, is_enterprise_install: false }],
  is_ext_shared_channel: false,
});

export async function deliver(payload, retry = 0, reason = "timeout") {
  return own.mode === "socket" ? bySocket(payload, retry, reason) : byHttp(payload, retry, reason);
}

async function bySocket(payload, retry, reason) {
  const socket = [...sockets.keys()].find(({ data }) => data.kind === "socket"); // Slack picks one connection, too
  if (!socket) return { ok: false, error: "not_connected" };
  const envelope_id = randomUUID();
  const delivery = delivered("socket", envelope_id, "events_api", payload, retry);
  const answered = new Promise((resolve) => waiting.set(envelope_id, resolve));
  const retried = retry ? { retry_attempt: retry, retry_reason: reason } : {};
  socket.send(JSON.stringify({ envelope_id, type: "events_api", payload, accepts_response_payload: false, ...retried }));
  await Promise.race([answered, Bun.sleep(ACKNOWLEDGED_WITHIN)]);
  waiting.delete(envelope_id);
  return { ok: true, acknowledged: delivery.acknowledged };
}

function signed(body) {
  const time = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", own.signingSecret).update(`v0:${time}:${body}`).digest("hex");
  return { "X-Slack-Request-Timestamp": time, "X-Slack-Signature": `v0=${signature}` };
}

async function byHttp(payload, retry, reason) {
  const body = JSON.stringify(payload);
  const headers = {
    "Content-Type": "application/json",
    ...signed(body),
    ...(retry ? { "X-Slack-Retry-Num": String(retry), "X-Slack-Retry-Reason": reason } : {}),
  };
  const delivery = delivered("http", randomUUID(), "events_api", payload, retry);
  const answer = await plainFetch(own.requestUrl, { method: "POST", headers, body }).catch(() => undefined);
  delivery.status = answer?.status ?? null;
  delivery.acknowledged = answer?.status === 200;
  return { ok: true, acknowledged: delivery.acknowledged, status: delivery.status };
}

const plainFetch = globalThis.fetch;
globalThis.fetch = async (url, options) => {
  if (url !== own.requestUrl) return plainFetch(url, options);
  const form = options.headers["Content-Type"] !== "application/json"; // commands and buttons come as forms
  const pressed = form && new URLSearchParams(options.body).get("payload");
  const type = !form ? "events_api" : pressed ? "interactive" : "slash_commands";
  const delivery = delivered("http", randomUUID(), type, form ? {} : JSON.parse(options.body));
  if (pressed) {
    const body = new URLSearchParams({ payload: JSON.stringify(placed(JSON.parse(pressed))) }).toString();
    options = { ...options, body, headers: { ...options.headers, ...signed(body) } };
  }
  const answer = await plainFetch(url, options);
  delivery.status = answer.status;
  delivery.acknowledged = answer.status === 200;
  return answer;
};

let announced = false;
export function announce() {
  if (announced || !own.announce) return;
  announced = true;
  for (const channel of own.channels) {
    deliver(
      wrapped({
        type: "member_joined_channel",
        user: own.bot,
        channel,
        channel_type: "C",
        team: own.team,
        inviter: own.creators[channel],
        event_ts: `${Math.floor(Date.now() / 1000)}.000000`,
      }),
    );
  }
}
