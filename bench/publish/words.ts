/** What the generated part of the READMEs says, in both languages. */

import type { Run } from "../run.ts";
import { EMPTY } from "../work/start.ts";

export interface Words {
  /** `run` is what was measured, and `leftOut` the contenders that were not. */
  conditions(run: Run, versions: string, leftOut: string): string;
  /** The heads of the goals' table. */
  goals: string[];
  /** A contender in another variant of the same work. */
  itself(variant: string): string;
  work(of: { work: string; variant: string }): string;
  figure(of: { name: string; what: string }): string;
  contender(name: string): string;
  yes: string;
  no: string;
}

export const ENGLISH: Words = {
  conditions: ({ date, isQuick, machine }, versions, leftOut) =>
    `Medians of one ${isQuick ? "short " : ""}run on ${machine.cores} cores, ${
      date.slice(0, 10)
    }; of ratios the range ` +
    `of the rounds in brackets. ${versions}.${leftOut && ` Left out here: ${leftOut}.`}`,
  goals: ["work", "goal", "found (range)", "reached"],
  itself: (variant) => `itself, ${variant}`,
  work: ({ work, variant }) => `${work}, ${variant}`,
  figure: ({ what }) => what,
  contender: (name) => name,
  yes: "yes",
  no: "**no**",
};

const WORKS: Record<string, string> = {
  "fan-out": "群发",
  "pairs": "成对",
  "many-to-one": "多对一",
  "latency": "延迟",
  "crowd": "人群",
  "mixed": "混合",
  "stalled": "停读",
  "growth": "增长",
  "start": "启动",
};
const FIGURES: Record<string, string> = {
  rate: "每秒送达",
  p99: "99% 在此时间内到达",
  logins: "每秒登录",
  memory: "每个空闲连接的内存",
  cost: "每条消息的中枢处理器时间",
  start: "从启动起",
};
const VARIANTS: [RegExp, string][] = [
  [/^(\S+) to (\S+), (.*)$/, "$1 对 $2，$3"],
  [/^half of its capacity$/, "自身能力的一半"],
  [/^among (.*)$/, "$1 个客户端之间"],
  [/^(\S+) clients$/, "$1 个客户端"],
  [/^nobody stalled$/, "无人停读"],
  [/^one of (\S+) stalled$/, "$1 个中有一个停读"],
  [/^compiled$/, "编译后"],
];

function inChinese(variant: string): string {
  return VARIANTS.reduce((text, [from, to]) => text.replace(from, to), variant);
}

export const CHINESE: Words = {
  conditions: ({ date, isQuick, machine }, versions, leftOut) =>
    `${date.slice(0, 10)} 在 ${machine.cores} 核上一次${isQuick ? "简短" : ""}运行的中位数；比值括号内是各轮的范围。` +
    `${versions}。${leftOut && `此处未测：${leftOut}。`}`,
  goals: ["工作", "目标", "结果（范围）", "达到"],
  itself: (variant) => `自身（${inChinese(variant)}）`,
  work: ({ work, variant }) => `${WORKS[work] ?? work}，${inChinese(variant)}`,
  figure: ({ name, what }) => FIGURES[name] ?? what,
  contender: (name) => name === EMPTY ? "空程序" : name,
  yes: "是",
  no: "**否**",
};
