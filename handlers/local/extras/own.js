// What the parts share: what workspace.py told us, and what they write down.

export const own = JSON.parse(process.env.MAEUM_LOCAL);
export const FAULTS = process.env.MAEUM_LOCAL_FAULTS === "1";
export const homes = new Map(); // user -> the view last published
export const people = new Map(Object.entries(own.people)); // user -> what users.info adds

export const refuse = (error) => ({ ok: false, error });

const KEPT = 1_000;

// Add to a list that forgets its oldest, and return what was added.
export function keep(list, item) {
  list.push(item);
  if (list.length > KEPT) list.shift();
  return item;
}
