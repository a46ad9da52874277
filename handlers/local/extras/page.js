// Changes to the page, at exact places of the pinned version; a test looks whether each found its place.

const MINE = `(state, user) => ({
  ...state,
  channels: state.channels.filter((channel) => !channel.is_im || channel.members.includes(user)),
  messages: Object.fromEntries(Object.entries(state.messages).map(([channel, messages]) =>
    [channel, messages.filter((message) => !message.ephemeral_to || message.ephemeral_to === user)])),
})`;
const PAGE = [
  // Others' direct messages and ephemeral answers are not shown to whom one acts as.
  [
    'const l=g6(),[c,a]=Q.useState(null),[m,g]=Q.useState("")',
    `const raw=g6(),[c,a]=Q.useState(null),[m,g]=Q.useState(""),l=Q.useMemo(()=>(${MINE})(raw,m),[raw,m])`,
  ],
  // A direct message bears the bot's name instead of one's own.
  ["l.members.find(g=>!a.includes(g));return Bo(c,m)", "l.members.find(g=>a.includes(g));return Bo(c,m)"],
  // What was escaped for Slack is not escaped once more.
  ['return l.replace(/&/g,"&amp;").replace(/</g,"&lt;")', 'return l.replace(/&(?!(amp|lt|gt);)/g,"&amp;").replace(/</g,"&lt;")'],
  // Every streamed answer would bear it, and Slack shows it on none.
  ['l.edited&&f.jsx("span",{className:"msg-edited"', 'l.edited&&!ne&&f.jsx("span",{className:"msg-edited"'],
  // A button that wants to be confirmed is.
  [
    'onClick:()=>k({type:"button",value:l.value,text:l.text})',
    'onClick:()=>(!l.confirm||confirm([l.confirm.title?.text,l.confirm.text?.text].filter(Boolean).join("\\n")))' +
      '&&k({type:"button",value:l.value,text:l.text})',
  ],
  ["try /echo hi", "try /emotion on"],
];

export async function page(answer) {
  const html = PAGE.reduce((text, [from, to]) => text.replace(from, () => to), await answer.text());
  return new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } });
}
