/** Reading a text aloud with the phone's own voice. It stops when one leaves. */

import { onScopeDispose, ref, type Ref } from "vue";

export interface Passage {
  id: string;
  text: string;
}

export interface Voice {
  isSpeaking: Ref<boolean>;
  /** The passage that is being read. */
  at: Ref<string | null>;
  speak(passages: readonly Passage[], lang: string): void;
  stop(): void;
}

/** Longer utterances are cut off by some engines after a quarter of a minute. */
const LONGEST = 120;
const SENTENCE = /[^。！？；!?;\n]+[。！？；!?;\n]*[”’」』）)]*/g;

function sentences(text: string): string[] {
  return (text.match(SENTENCE) ?? [])
    .flatMap((one) => one.match(new RegExp(`[^]{1,${LONGEST}}`, "g")) ?? [])
    .map((one) => one.trim())
    .filter(Boolean);
}

export function canSpeak(): boolean {
  return "speechSynthesis" in window && "SpeechSynthesisUtterance" in window;
}

/** `onMute` is told when the phone has no voice for it. */
export function useVoice(onMute: () => void): Voice {
  const isSpeaking = ref(false);
  const at = ref<string | null>(null);
  /** Counts the readings: what an older one still reports is of no interest. */
  let turn = 0;

  function stop(): void {
    turn++;
    if (isSpeaking.value) speechSynthesis.cancel();
    isSpeaking.value = false;
    at.value = null;
  }

  function speak(passages: readonly Passage[], lang: string): void {
    stop();
    const mine = ++turn;
    const queue = passages.flatMap(({ id, text }) => sentences(text).map((words) => ({ id, words })));
    isSpeaking.value = true;
    next();

    function next(): void {
      if (mine !== turn) return;
      const one = queue.shift();
      if (!one) return stop();
      at.value = one.id;
      const utterance = new SpeechSynthesisUtterance(one.words);
      utterance.lang = lang;
      utterance.onend = next;
      utterance.onerror = ({ error }) => {
        if (mine !== turn || error === "canceled" || error === "interrupted") return;
        stop();
        onMute();
      };
      speechSynthesis.speak(utterance);
    }
  }

  onScopeDispose(stop);
  return { isSpeaking, at, speak, stop };
}
