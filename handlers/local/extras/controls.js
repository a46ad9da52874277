// For tests, with MAEUM_LOCAL_FAULTS=1: /_extras/... tells what happened, breaks things and makes events up.

import { calls, faults } from "./api.js";
import { deliver, deliveries, payloads, wrapped } from "./events.js";
import { FAULTS, people, refuse } from "./own.js";

const CONTROLS = {
  "GET deliveries": async () => ({ ok: true, deliveries }),
  "GET calls": async () => ({ ok: true, calls }),
  "POST event": async ({ event }) => deliver(wrapped(event)),
  "POST redeliver": async ({ event, ts, retry = 1, reason = "timeout" }) => {
    const matches = ({ event: sent }) =>
      (!event || sent.type === event) && (!ts || sent.ts === ts || sent.message?.ts === ts);
    const payload = payloads.findLast(matches);
    return payload ? deliver(payload, retry, reason) : refuse("nothing_delivered");
  },
  "POST fault": async ({ method, times = 1, ...fault }) => {
    faults.push({ method, times, ...fault });
    return { ok: true };
  },
  "POST heal": async () => {
    faults.length = 0;
    return { ok: true };
  },
  "POST person": async ({ user, ...fields }) => {
    people.set(user, { ...people.get(user), ...fields });
    return { ok: true };
  },
};

export async function control(request, name) {
  const answer = FAULTS && CONTROLS[`${request.method} ${name}`];
  if (!answer) return new Response("Not Found", { status: 404 });
  return Response.json(await answer(request.method === "POST" ? await request.json() : {}));
}
