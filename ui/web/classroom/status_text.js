/** What the room says of itself, in few words. */

export const spelled = (code) => `${code.slice(0, 3)} ${code.slice(3)}`;

/** The button's own words; a narrow screen leaves out the rest. @returns {[string, string]} what is said, and the rest */
export function statusOf({ phase, linked, code, leads, follows, here }) {
  if (phase === "out") return ["Class", ""];
  if (phase === "joining") return ["Joining", ""];
  if (!linked) return ["Connection lost", ", trying again"];
  if (leads) return [spelled(code), here ? ` · ${many(here.follow, "follows", "follow")}` : ""];
  return follows ? ["Following", ` ${spelled(code)}`] : ["On your own", ` in ${spelled(code)}`];
}

/** What a screen reader is told when it changes. */
export function newsOf({ phase, linked, code, leads, follows, sentence }) {
  if (sentence) return sentence;
  if (phase !== "in") return "";
  if (!linked) return "The connection to the room is lost. It is tried again.";
  if (leads) return `You lead room ${spelled(code)}.`;
  return follows ? `You follow room ${spelled(code)}. This page shows what the teacher shows.` : "You have let go: this page is yours until you follow again.";
}

const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;

export function hereOf({ here }) {
  if (!here) return "";
  const away = here.explore ? `, ${many(here.explore, "looks", "look")} around alone` : "";
  return here.follow || away ? `${many(here.follow, "follows", "follow")}${away}` : "Nobody follows yet";
}
