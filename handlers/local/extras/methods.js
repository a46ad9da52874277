// The methods of the Web API that local-slack lacks, or answers otherwise than Slack. `local` calls local-slack's own.

import { homes, own, people, refuse } from "./own.js";

const MOST_CHARACTERS = 12_000; // of Markdown in one call
const streams = new Map(); // "channel ts" -> {text, open}
const metadata = new Map(); // "channel ts" -> metadata
const isTrue = (value) => value === true || value === 1 || ["true", "1"].includes(value);

function written(args) {
  const chunks = Array.isArray(args.chunks) ? args.chunks : [];
  const texts = chunks.filter((chunk) => chunk.type === "markdown_text").map((chunk) => chunk.text);
  return [args.markdown_text ?? "", ...texts].join("");
}

async function isMember(channel, local) {
  const answer = await local("conversations.members", { channel });
  return !answer.ok || answer.members.includes(own.bot); // what is no channel is refused by local-slack itself
}

// The page knows only mrkdwn; Slack translates Markdown by itself.
const mrkdwn = (text) => text.replace(/\*\*([^*\n]+)\*\*/g, "*$1*");

// The page draws an image by its address alone; Slack also by the id of a file.
async function withAddresses(blocks, local) {
  if (!Array.isArray(blocks)) return blocks;
  return Promise.all(
    blocks.map(async (block) => {
      if (!block?.slack_file?.id) return block;
      const { file } = await local("files.info", { file: block.slack_file.id });
      return file ? { ...block, image_url: file.permalink } : block;
    }),
  );
}

async function post(method, args, local) {
  const text = args.text ?? mrkdwn(args.markdown_text ?? "");
  if (!text && !args.blocks?.length && !args.attachments?.length) return refuse("no_text");
  if ((args.markdown_text ?? "").length > MOST_CHARACTERS) return refuse("msg_too_long");
  if (method === "chat.postMessage" && !(await isMember(args.channel, local))) return refuse("not_in_channel");
  const answer = await local(method, { ...args, text, blocks: await withAddresses(args.blocks, local) });
  if (answer.ok && args.metadata) metadata.set(`${answer.channel} ${answer.ts}`, args.metadata);
  return answer;
}

async function read(method, args, local) {
  const answer = await local(method, args);
  if (!answer.ok) return answer;
  const { oldest = "0", latest = "99999999999", limit = 100 } = args;
  const inside = (ts) => (ts > oldest && ts < latest) || (isTrue(args.inclusive) && (ts === oldest || ts === latest));
  const found = answer.messages
    .filter((message) => message.subtype !== "ephemeral")
    .filter((message) => inside(message.ts) || (method === "conversations.replies" && message.ts === args.ts))
    .map((message) => {
      const known = isTrue(args.include_all_metadata) && metadata.get(`${args.channel} ${message.ts}`);
      return known ? { ...message, metadata: known } : message;
    });
  return { ...answer, messages: found.slice(0, Number(limit)), has_more: found.length > Number(limit) };
}

async function startStream(args, local) {
  if (!args.thread_ts) return refuse("invalid_thread_ts");
  const place = await local("conversations.info", { channel: args.channel });
  if (!place.ok) return place;
  if (!place.channel.is_im && !args.recipient_user_id) return refuse("missing_recipient_user_id");
  if (!place.channel.is_im && !args.recipient_team_id) return refuse("missing_recipient_team_id");
  if (!(await isMember(args.channel, local))) return refuse("not_in_channel");
  const text = written(args);
  if (text.length > MOST_CHARACTERS) return refuse("msg_too_long");
  const { ok, channel, ts, error } = await local("chat.postMessage", {
    channel: args.channel,
    thread_ts: args.thread_ts,
    text: mrkdwn(text),
  });
  if (!ok) return refuse(error);
  streams.set(`${channel} ${ts}`, { text, open: true });
  return { ok, channel, ts };
}

async function appendStream(args, local) {
  const stream = streams.get(`${args.channel} ${args.ts}`);
  if (!stream) return refuse("message_not_found");
  if (!stream.open) return refuse("message_not_in_streaming_state");
  const text = written(args);
  if (text.length > MOST_CHARACTERS) return refuse("msg_too_long");
  stream.text += text;
  const shown = mrkdwn(stream.text);
  // Slack shows a stream's blocks below its text, the page in its place.
  const body = { type: "section", text: { type: "mrkdwn", text: shown } };
  const blocks = args.blocks?.length ? [body, ...args.blocks] : undefined;
  return local("chat.update", { channel: args.channel, ts: args.ts, text: shown, blocks });
}

async function stopStream(args, local) {
  const answer = await appendStream(args, local);
  if (!answer.ok) return answer;
  streams.get(`${args.channel} ${args.ts}`).open = false;
  if (args.metadata) metadata.set(`${args.channel} ${args.ts}`, args.metadata);
  return answer;
}

const STATUSES = ["active", "processing", "suspended", "closed"];

export const METHODS = {
  "users.info": async (args, local) => {
    const answer = await local("users.info", args);
    if (!answer.ok) return answer;
    const { locale, ...rest } = people.get(args.user) ?? {};
    return { ok: true, user: { ...answer.user, ...rest, ...(isTrue(args.include_locale) && locale ? { locale } : {}) } };
  },
  "users.list": async (args, local) => {
    const answer = await local("users.list", args);
    const known = ({ id }) => Object.fromEntries(Object.entries(people.get(id) ?? {}).filter(([key]) => key !== "locale"));
    return { ...answer, members: answer.members.map((member) => ({ ...member, ...known(member) })) };
  },
  "conversations.info": async (args, local) => {
    const answer = await local("conversations.info", args);
    if (!answer.ok) return answer;
    const is_member = await isMember(args.channel, local);
    return { ok: true, channel: { ...answer.channel, is_member, creator: own.creators[answer.channel.id] ?? "" } };
  },
  "conversations.history": (args, local) => read("conversations.history", args, local),
  "conversations.replies": (args, local) => read("conversations.replies", args, local),
  "chat.postMessage": (args, local) => post("chat.postMessage", args, local),
  "chat.update": async (args, local) => {
    const stream = streams.get(`${args.channel} ${args.ts}`);
    return stream?.open ? refuse("streaming_state_conflict") : post("chat.update", args, local);
  },
  "chat.postEphemeral": (args, local) => post("chat.postEphemeral", args, local),
  "views.publish": async (args, local) => {
    const answer = await local("views.publish", args);
    if (answer.ok) homes.set(args.user_id, answer.view);
    return answer;
  },
  "chat.startStream": startStream,
  "chat.appendStream": appendStream,
  "chat.stopStream": stopStream,
  "assistant.threads.setSuggestedPrompts": async (args) =>
    Array.isArray(args.prompts) && args.prompts.length <= 4 && args.prompts.every(({ title, message }) => title && message)
      ? { ok: true }
      : refuse("invalid_arguments"),
  "assistant.threads.setStatus": async (args) =>
    !args.thread_ts || (args.loading_messages ?? []).length > 10 ? refuse("invalid_arguments") : { ok: true },
  "assistant.threads.setTitle": async (args) => (args.thread_ts && args.title ? { ok: true } : refuse("invalid_arguments")),
  "agents.sessions.setStatus": async (args) => (STATUSES.includes(args.status) ? { ok: true } : refuse("invalid_arguments")),
};
