"use strict";
// Where the second trial stands when the first is at a time: at equal per cent of a cycle, equal knee flexion, or equal time.
const Compare = (() => {
  // The cycle of a trial and leg that holds a time; without a time its first one.
  function cycleOf(trial, side, time) {
    const own = (Data.pages || []).flatMap((page) => page.cycles)
      .filter((cycle) => cycle.trial === trial && cycle.side === side && cycle.start !== null && cycle.end !== null);
    return time === undefined ? own[0] : own.find((cycle) => cycle.start <= time && time <= cycle.end);
  }

  // The leg that is compared: the one asked for, or the other one where only that has cycles, as in a trial of one leg.
  function legOf(trial, wanted) {
    const other = wanted === "left" ? "right" : "left";
    return !cycleOf(trial, wanted) && cycleOf(trial, other) ? other : wanted;
  }

  const whole = (scene) => ({ start: scene.time[0], end: scene.time[scene.time.length - 1] });

  // Frames of a cycle, and the one with the most knee flexion.
  function bend(scene, side, cycle) {
    const first = scene.frameAt(cycle.start), last = scene.frameAt(cycle.end);
    let deepest = first;
    for (let frame = first; frame <= last; frame++) {
      if (scene.value(side, "knee_flexion", frame) > (scene.value(side, "knee_flexion", deepest) || -Infinity)) deepest = frame;
    }
    return { first, deepest, last };
  }

  function match(main, second, time) {
    const how = $("sync").value, asked = $("sync-side").value;
    if (how === "time") return time;
    const leg = legOf(main.trial.name, asked), leg2 = legOf(second.trial.name, asked);
    const mine = cycleOf(main.trial.name, leg, time) || whole(main);
    const theirs = cycleOf(second.trial.name, leg2) || whole(second);
    const share = (time - mine.start) / (mine.end - mine.start || 1);
    const same = theirs.start + share * (theirs.end - theirs.start);
    if (how === "percent") return same;
    const frame = main.frameAt(time), wanted = main.value(leg, "knee_flexion", frame);
    if (!Number.isFinite(wanted)) return same;
    const a = bend(main, leg, mine), b = bend(second, leg2, theirs);
    const [from, to] = frame <= a.deepest ? [b.first, b.deepest] : [b.deepest, b.last];
    let best = from, least = Infinity;
    for (let k = from; k <= to; k++) {
      const apart = Math.abs(second.value(leg2, "knee_flexion", k) - wanted);
      if (apart < least) { least = apart; best = k; }
    }
    return second.time[best];
  }
  return { match, legOf };
})();
