// Preloaded into local-slack (Bun, BUN_OPTIONS=--preload=./extras.js) by handlers/local/workspace.py.
//
// What it adds is OUR stand-in for the parts of Slack that local-slack lacks. Tests of streaming, of sessions, of
// suggested prompts, of roles and of the faults below check these files, not an independent Slack.
//
// 1. Closes the door: 127.0.0.1 only, and only pages that it served itself may talk to it.
// 2. Web API: tokens are checked; users.info knows roles, languages and time zones; chat.*Stream,
//    assistant.threads.* and agents.sessions.* exist; metadata and markdown_text are kept; history honours its
//    limits; the bot must be a member of the channel it posts to.
// 3. Events: the bot hears that it joined its channels once it is connected; presses in App Home and in ephemeral
//    messages look as Slack's do.
// 4. The page: a person sees her own direct messages and ephemeral answers only, and text is unescaped as in Slack.
// 5. With MAEUM_LOCAL_FAULTS=1, /_extras/...: what was delivered and acknowledged, redelivery, made-up events, faults.
//
// Everything goes through local-slack's own handlers, so that it shows in the page.

import { closeSync, rmSync, writeSync } from "node:fs";
import { api } from "./extras/api.js";
import { control } from "./extras/controls.js";
import { acknowledged, announce, sockets, watched } from "./extras/events.js";
import { own } from "./extras/own.js";
import { page } from "./extras/page.js";

// ---- The process: it tells its port, says nothing else, and does not outlive whoever started it.

for (const level of ["log", "info", "warn", "error", "debug"]) console[level] = () => {}; // may quote messages

process.stdin.on("end", () => {
  rmSync(own.folder, { recursive: true, force: true }); // uploaded pictures; nobody else is left to remove them
  process.exit(0);
});
process.stdin.resume();

function tell(news) {
  writeSync(own.tell, JSON.stringify(news) + "\n");
  closeSync(own.tell);
}

// ---- The door

const serve = Bun.serve;
Bun.serve = (options) => {
  const { fetch: original, websocket } = options;
  let hosts = [];
  const guarded = (request) => {
    const origin = request.headers.get("origin");
    return (
      hosts.includes(request.headers.get("host")) && // a foreign name that was pointed at 127.0.0.1
      (!origin || hosts.some((host) => origin === `http://${host}`)) // another page in the same browser
    );
  };
  try {
    const server = serve.call(Bun, {
      ...options,
      hostname: "127.0.0.1",
      async fetch(request, here) {
        if (!guarded(request)) return new Response("This workspace answers its own page only.", { status: 403 });
        const { pathname } = new URL(request.url);
        const [, area, name] = pathname.split("/");
        if (area === "_extras") return control(request, name);
        if (area === "api") return api(name, request, here, original);
        const answer = await original(request, here);
        return pathname === "/" || area === "archives" ? page(answer) : answer;
      },
      websocket: {
        ...websocket,
        open(socket) {
          websocket.open(watched(socket));
          if (socket.data.kind === "socket") announce();
        },
        message(socket, text) {
          if (socket.data.kind === "socket") acknowledged(text);
          websocket.message(sockets.get(socket), text);
        },
        close(socket) {
          websocket.close(sockets.get(socket));
          sockets.delete(socket);
        },
      },
    });
    hosts = [`127.0.0.1:${server.port}`, `localhost:${server.port}`];
    tell({ port: server.port });
    return server;
  } catch (error) {
    tell({ error: error.code ?? "serve" });
    process.exit(1);
  }
};
