// Every call of the Web API passes here: tokens are checked, faults strike, scopes are told.

import { METHODS } from "./methods.js";
import { FAULTS, keep, own, refuse } from "./own.js";

export const calls = []; // for tests: method, args, ok, error
export const faults = []; // for tests: what strikes next, see tests/localslack.py

async function argumentsOf(request) {
  const args = Object.fromEntries(new URL(request.url).searchParams);
  if (request.method !== "GET") {
    const type = (request.headers.get("content-type") ?? "").toLowerCase();
    if (type.includes("application/json")) Object.assign(args, await request.json().catch(() => ({})));
    else if (type.includes("multipart/form-data")) Object.assign(args, Object.fromEntries(await request.formData()));
    else Object.assign(args, Object.fromEntries(new URLSearchParams(await request.text())));
  }
  for (const name of ["blocks", "attachments", "view", "metadata", "files", "chunks", "prompts", "loading_messages"]) {
    if (typeof args[name] !== "string") continue;
    try {
      args[name] = JSON.parse(args[name]);
    } catch {} // stays the text that it is; whoever needs more than text refuses it
  }
  return args;
}

function takeFault(method) {
  const index = faults.findIndex((fault) => fault.method === method || fault.method === "*");
  if (index === -1) return undefined;
  const fault = faults[index];
  fault.times -= 1;
  if (fault.times <= 0) faults.splice(index, 1);
  return fault;
}

function tokenError(method, request, args) {
  const header = request.headers.get("authorization") ?? "";
  const token = header.startsWith("Bearer ") ? header.slice(7) : args.token;
  if (!token) return "not_authed";
  const wanted = method === "apps.connections.open" ? own.appToken : own.botToken;
  if (token === wanted) return undefined;
  return [own.appToken, own.botToken].includes(token) ? "not_allowed_token_type" : "invalid_auth";
}

export async function api(method, request, server, original) {
  const args = await argumentsOf(request.clone());
  const seen = FAULTS ? keep(calls, { method, args, ok: null, error: null }) : {};
  const fault = FAULTS ? takeFault(method) : undefined;
  if (fault) {
    if (fault.delay_ms) await Bun.sleep(fault.delay_ms);
    if (fault.status || fault.error) {
      Object.assign(seen, { ok: false, error: fault.error ?? `http ${fault.status}` });
      const status = fault.status ?? (fault.error === "ratelimited" ? 429 : 200);
      const headers = status === 429 ? { "Retry-After": String(fault.retry_after ?? 1) } : {};
      return Response.json(refuse(fault.error ?? "internal_error"), { status, headers });
    }
  }
  const wrong = tokenError(method, request, args);
  if (wrong) {
    Object.assign(seen, { ok: false, error: wrong });
    return Response.json(refuse(wrong));
  }
  const local = async (name, values) => {
    const url = new URL(`/api/${name}`, request.url);
    const headers = { "content-type": "application/json", authorization: `Bearer ${own.botToken}` };
    const inner = new Request(url, { method: "POST", headers, body: JSON.stringify(values) });
    return (await original(inner, server)).json();
  };
  const mine = METHODS[method];
  const answer = mine ? await mine(args, local) : await (await original(request, server)).json();
  Object.assign(seen, { ok: answer.ok, error: answer.error ?? null });
  return Response.json(answer, { headers: { "x-oauth-scopes": own.scopes.join(",") } });
}
