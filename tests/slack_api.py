"""A Slack Web API over real HTTP, on loopback, that records what it is asked and can be told to refuse.

It is our own stand-in: what it accepts says what we send, not what Slack accepts. Journeys against local-slack, which
somebody else wrote, are in `tests/journeys`.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, Self
from urllib.parse import parse_qsl

from aiohttp import web

TEAM: Final = "T01TEST"
BOT: Final = "U0BOT"
BOT_ID: Final = "B0BOT"
BOT_TOKEN: Final = "xoxb-test-token"

_TOO_MANY: Final = 429

Args = dict[str, Any]
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that was asked."""

    method: str
    args: Args


@dataclass(slots=True)
class SlackApi:
    """The server. Use it as an async context manager; `url` is what SLACK_API_URL would be."""

    users: dict[str, Args] = field(default_factory=dict)
    channels: dict[str, Args] = field(default_factory=dict)
    messages: dict[str, list[Args]] = field(default_factory=lambda: defaultdict(list))
    """By channel, oldest first."""
    streams: bool = True
    """Whether chat.startStream and its like exist."""
    calls: list[Call] = field(default_factory=list)
    responses: list[Args] = field(default_factory=list)
    """What came to response URLs."""
    uploads: dict[str, bytes] = field(default_factory=dict)
    """What was uploaded, by file id."""
    upload_status: int = 200
    """What an upload is answered with."""
    url: str = ""
    _lost: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _cut: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _held: dict[str, asyncio.Event] = field(default_factory=dict)
    _faults: dict[str, list[tuple[int, Args, dict[str, str]]]] = field(default_factory=lambda: defaultdict(list))
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _names: dict[str, str] = field(default_factory=dict)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Listen on a free port of loopback."""
        await self.listen()
        return self

    async def listen(self, port: int = 0) -> None:
        """Listen on this port of loopback; again on the one it had, it is a Slack that was away for a while."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_post("/respond", self._respond)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/api/"

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def response_url(self) -> str:
        """Where commands and buttons are answered."""
        return self.url.replace("/api/", "/respond")

    def user(self, user: str, **traits: object) -> str:
        """Somebody in the workspace. Traits are fields of Slack's user object."""
        self.users[user] = {
            "id": user,
            "team_id": TEAM,
            "name": user.lower(),
            "profile": {"display_name": ""},
            "deleted": False,
            **traits,
        }
        return user

    def channel(self, channel: str, **traits: object) -> str:
        """A channel the bot is in, unless the traits say otherwise."""
        self.channels[channel] = {"id": channel, "is_member": True, "creator": "U0MAKER", **traits}
        return channel

    def refuse(self, method: str, error: str, times: int = 1, *, status: int = 200) -> None:
        """Answer the next calls of a method with this error; who is to wait is to wait for no time."""
        headers = {"Retry-After": "0"} if status == _TOO_MANY else {}
        self._faults[method] += [(status, {"ok": False, "error": error}, headers)] * times

    def lose(self, method: str, times: int = 1) -> None:
        """Do what the next calls of a method ask, and answer 503 as if they had failed."""
        self._lost[method] += times

    def cut(self, method: str, times: int = 1) -> None:
        """Do what the next calls of a method ask, and end the connection without an answer."""
        self._cut[method] += times

    def hold(self, method: str) -> asyncio.Event:
        """Do what a method asks, and answer its calls only when the event is set."""
        return self._held.setdefault(method, asyncio.Event())

    def asked(self, method: str) -> list[Args]:
        """The arguments of every call of a method."""
        return [call.args for call in self.calls if call.method == method]

    def shown(self, channel: str) -> list[str]:
        """The texts that stand in a channel."""
        return [message["text"] for message in self.messages[channel]]

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        args = await _arguments(request)
        self.calls.append(Call(method, args))
        if self._faults[method]:
            status, body, headers = self._faults[method].pop(0)
            return web.json_response(body, status=status, headers=headers)
        if method.endswith("Stream") and not self.streams:
            return web.json_response({"ok": False, "error": "unknown_method"})
        answer = self._answers().get(method)
        if answer is None:
            return web.json_response({"ok": False, "error": "unknown_method"})
        done = {"ok": True, **answer(args)}
        if method in self._held:
            await self._held[method].wait()
        if self._cut[method] and request.transport is not None:
            self._cut[method] -= 1
            request.transport.abort()
        if self._lost[method]:
            self._lost[method] -= 1
            return web.json_response({"ok": False, "error": "service_unavailable"}, status=503)
        return web.json_response(done)

    async def _upload(self, request: web.Request) -> web.Response:
        self.uploads[request.match_info["file"]] = await request.read()
        return web.Response(text="OK", status=self.upload_status)

    async def _respond(self, request: web.Request) -> web.Response:
        self.responses.append(await request.json())
        return web.Response(text="ok")

    def _answers(self) -> Mapping[str, Callable[[Args], Answer]]:
        return {
            "auth.test": self._auth,
            "users.info": self._user_info,
            "users.list": self._user_list,
            "conversations.info": self._info,
            "conversations.open": self._open,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._nothing,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "chat.startStream": self._stream,
            "chat.appendStream": self._append,
            "chat.stopStream": self._stop,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._uploaded,
            "files.delete": self._delete_file,
            "views.open": self._nothing,
            "views.publish": self._nothing,
            "views.push": self._nothing,
            "assistant.threads.setSuggestedPrompts": self._nothing,
        }

    def _ts(self) -> str:
        return f"1790000000.{next(self._ids):06}"

    def _auth(self, _: Args) -> Answer:
        return {"team_id": TEAM, "user_id": BOT, "bot_id": BOT_ID, "user": "maeum", "team": "Test"}

    def _user_info(self, args: Args) -> Answer:
        found = self.users.get(args["user"])
        return {"user": found} if found else {"ok": False, "error": "user_not_found"}

    def _user_list(self, args: Args) -> Answer:
        """Two people a page, so that paging is needed."""
        everybody = list(self.users.values())
        start = int(args.get("cursor") or 0)
        following = str(start + 2) if start + 2 < len(everybody) else ""
        return {"members": everybody[start : start + 2], "response_metadata": {"next_cursor": following}}

    def _info(self, args: Args) -> Answer:
        found = self.channels.get(args["channel"])
        return {"channel": found} if found else {"ok": False, "error": "channel_not_found"}

    def _open(self, args: Args) -> Answer:
        users = args["users"] if isinstance(args["users"], str) else args["users"][0]
        return {"channel": {"id": f"D{users.strip('[]').strip(chr(34))}"}}

    def _history(self, args: Args) -> Answer:
        said = self.messages[args["channel"]]
        oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
        top = [
            one for one in said if one.get("thread_ts") in {None, one["ts"]} and oldest <= float(one["ts"]) <= latest
        ]
        start, size = int(args.get("cursor") or 0), int(args.get("limit") or 100)
        following = str(start + size) if start + size < len(top) else ""
        return {"messages": top[::-1][start : start + size], "response_metadata": {"next_cursor": following}}

    def _replies(self, args: Args) -> Answer:
        thread = args["ts"]
        found = [one for one in self.messages[args["channel"]] if thread in {one["ts"], one.get("thread_ts")}]
        return {"messages": found} if found else {"ok": False, "error": "thread_not_found"}

    def _post(self, args: Args) -> Answer:
        message = {"user": BOT, "bot_id": BOT_ID, "ts": self._ts(), **args}
        self.messages[args["channel"]].append(message)
        return {"ts": message["ts"], "channel": args["channel"]}

    def _update(self, args: Args) -> Answer:
        message = self._find(args)
        message.update(text=args["text"], blocks=args.get("blocks"))
        return {"ts": message["ts"]}

    def _delete(self, args: Args) -> Answer:
        self.messages[args["channel"]].remove(self._find(args))
        return {}

    def _stream(self, args: Args) -> Answer:
        if args["channel"][0] != "D" and not (args.get("recipient_team_id") and args.get("recipient_user_id")):
            return {"ok": False, "error": "missing_recipient"}
        return self._post({"channel": args["channel"], "thread_ts": args["thread_ts"], "text": _streamed(args)})

    def _append(self, args: Args) -> Answer:
        self._find(args)["text"] += _streamed(args)
        return {"ts": args["ts"]}

    def _stop(self, args: Args) -> Answer:
        message = self._find(args)
        message["text"] += _streamed(args)
        message["metadata"] = args.get("metadata")
        message["blocks"] = args.get("blocks")
        return {"ts": args["ts"]}

    def _upload_url(self, args: Args) -> Answer:
        file = f"F{next(self._ids):06}"
        self._names[file] = args["filename"]
        return {"file_id": file, "upload_url": self.url.replace("/api/", f"/upload/{file}")}

    def _uploaded(self, args: Args) -> Answer:
        files = json.loads(args["files"]) if isinstance(args["files"], str) else args["files"]
        if any(file["id"] not in self.uploads for file in files):
            return {"ok": False, "error": "file_not_found"}
        named = [{**file, "name": self._names[file["id"]]} for file in files]
        if args.get("channel_id"):
            self._post({"channel": args["channel_id"], "text": args.get("initial_comment") or "", "files": named})
        return {"files": named}

    def _delete_file(self, args: Args) -> Answer:
        if self.uploads.pop(args["file"], None) is None:
            return {"ok": False, "error": "file_not_found"}
        return {}

    def _find(self, args: Args) -> Args:
        return next(message for message in self.messages[args["channel"]] if message["ts"] == args["ts"])

    def _nothing(self, _: Args) -> Answer:
        return {}


def _streamed(args: Args) -> str:
    chunks = args.get("chunks") or []
    return (args.get("markdown_text") or "") + "".join(chunk["text"] for chunk in chunks)


async def _arguments(request: web.Request) -> Args:
    args: Args = dict(request.query)
    if request.content_type == "application/json":
        args |= await request.json()
    elif request.content_type == "application/x-www-form-urlencoded":
        args |= dict(parse_qsl((await request.read()).decode()))
    return args
