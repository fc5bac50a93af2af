/** The same as the words in English, in Chinese. */

import { CEILING } from "../contenders.ts";
import { EMPTY } from "../work/start.ts";
import type { Words } from "./words.ts";

const WORKS: Record<string, string> = {
  "fan-out": "群发",
  "pairs": "成对",
  "many-to-one": "多对一",
  "latency": "延迟",
  "crowd": "人群",
  "mixed": "混合",
  "stalled": "停读",
  "mailbox": "邮箱",
  "growth": "增长",
  "start": "启动",
  "transfers": "传输",
};

const FIGURES: Record<string, string> = {
  rate: "每秒送达",
  p50: "一半在此时间内到达",
  p99: "99% 在此时间内到达",
  p999: "99.9% 在此时间内到达",
  hubCpu: "中枢占一个核",
  file: "一个文件的全程",
  folder: "一个文件夹的全程",
  logins: "每秒登录",
  lastLogins: "每秒登录，最后十分之一",
  memory: "每个空闲连接的内存",
  heartbeat: "每次心跳的中枢处理器时间",
  through: "每秒消息，存入并取出",
  out: "每秒消息，取出",
  cost: "每条消息的中枢处理器时间",
  start: "从启动起",
  speed: "每秒 MiB",
  pace: "每秒文件",
  storeCpu: "存储的处理器时间",
  clientCpu: "客户端的处理器时间",
};

const CONTENDERS: Record<string, string> = {
  [CEILING]: "没有中枢（负载发生器的上限）",
  [EMPTY]: "空程序",
  "bare, flushed": "bare（落盘）",
  "bare, in pieces": "bare（分块读取）",
  objects: "对象",
  idle: "空闲时",
  upload: "上传时",
  download: "下载时",
  "bare upload elsewhere": "别处裸上传时",
};

const VARIANTS: [RegExp, string][] = [
  [/^(\S+) to (\S+), (.*)$/, "$1 对 $2，$3"],
  [/^half of its capacity$/, "自身能力的一半"],
  [/^half of the bare loop's capacity$/, "裸循环能力的一半"],
  [/^among (.*)$/, "$1 个客户端之间"],
  [/^(\S+) clients$/, "$1 个客户端"],
  [/^presence, direct, broadcast$/, "上下线、点对点、群发"],
  [/^files too, 1 MiB twice a second$/, "另有文件，每秒两个 1 MiB"],
  [/^nobody stalled$/, "无人停读"],
  [/^one of (\S+) stalled$/, "$1 个中有一个停读"],
  [/^(\S+) messages, (.*)$/, "$1 条消息，$2"],
  [/^compiled$/, "编译后"],
  [/^file up, (.*)$/, "上传文件，$1"],
  [/^file down, (.*)$/, "下载文件，$1"],
  [/^folder up, (\S+) files of (.*)$/, "上传文件夹，$1 个 $2 的文件"],
  [/^folder down, (\S+) files of (.*)$/, "下载文件夹，$1 个 $2 的文件"],
  [/^a text and its answer meanwhile$/, "同时的一条消息及其应答"],
];

const REMARKS: [RegExp, string][] = [
  [/^(\S+) of them were in after (\S+) s$/, "$2 秒后登录了 $1 个"],
  [/^only (\S+) of (\S+) clients were in after (\S+) s$/, "$3 秒后 $2 个客户端只登录了 $1 个"],
  [/^(\S+) of (\S+) messages did not reach everybody$/, "$2 条消息中有 $1 条没有到达所有人"],
  [/^(\S+) of (\S+) messages did not arrive$/, "$2 条消息中有 $1 条没有到达"],
  [/^(\S+) of (\S+) rounds, for one takes more than (\S+) s$/, "$2 轮中只测了 $1 轮，因为一轮就超过 $3 秒"],
  [/^it is the hub that asks for heartbeats$/, "由中枢询问心跳"],
  [/^the hub closed a connection$/, "中枢关闭了连接"],
];

function inChinese(text: string, patterns: [RegExp, string][]): string {
  const [from, to] = patterns.find(([pattern]) => pattern.test(text)) ?? [text, text];
  return text.replace(from, to);
}

export const CHINESE: Words = {
  conditions: ({ date, isQuick, goes, machine }, versions, leftOut) =>
    `${date.slice(0, 10)} 在 ${machine.cores} 核上一次${isQuick ? "简短" : ""}运行` +
    `${goes > 1 ? `（分 ${goes} 次完成）` : ""}的中位数；比值括号内是各轮的范围。${versions}。` +
    `${leftOut && `此处未测：${leftOut}。`}`,
  alone: ["工作", "结果"],
  goals: ["工作", "目标", "结果（范围）", "达到", "为何没有"],
  itself: (variant) => `自身（${inChinese(variant, VARIANTS)}）`,
  work: ({ work, variant }) => `${WORKS[work] ?? work}，${inChinese(variant, VARIANTS)}`,
  figure: ({ name, what }) => FIGURES[name] ?? what,
  contender: (name) => CONTENDERS[name] ?? name,
  remark: (contender, work, text) => `${contender}，${work}：${inChinese(text, REMARKS)}`,
  failed: (work, reason) => `${WORKS[work] ?? work}提前结束：${inChinese(reason, REMARKS)}`,
  yes: "是",
  no: "**否**",
  why: {
    bun: "Bun 的发布由 C++ 写出；谁在前，每轮不同",
    login:
      "中枢的时间一半用于 Node 的套接字与 HTTP，裸循环用的是 Deno 自己的；另有五分之一用于日志、客户端文件和借给版本 2 的存储密钥，裸循环都没有",
    growth: "历次完整测量在 0.9 与 2.0 之间：差别从何而来，尚未找到",
    start:
      "在我们的任何一行之前，`node:http`、`node:crypto` 和 `node:sqlite` 就比空程序更久；逐个加载约 130 个模块又是同样久，建立邮箱和存储是其一半，一切都是初次运行的第一次握手和登录也将近一半",
    upload: "中枢与客户端合起来占满两个处理器：除裸的一方所做的以外，我们两端各计算一次 CRC-64，并对每一段签名和落盘",
    flushedUpload: "裸的一方什么都不校验，只落盘一次，我们则让每一段落盘",
    download: "裸的一方什么都不校验：我们要计算到达内容的 CRC-64，并让它落盘",
    tar: "文件系统创建这些文件的时间比其余一切都长",
    meanwhile:
      "一条消息每一步都要等一段正文，而且中枢、客户端和写盘的线程共用两个核：旁边的上传与中枢无关时，99% 的时间同样是数倍",
    half: "它自身的一半是裸循环的数倍，又经过同一个负载发生器；“裸循环能力的一半”一行中两者收到的一样多",
    machine: "调度器让中枢和负载发生器等待处理器的时间就有这么长",
    stalled: "停读者未读的 2 MiB 在一轮事件循环中放入邮箱，百条消息中有一条正好碰上",
  },
};
