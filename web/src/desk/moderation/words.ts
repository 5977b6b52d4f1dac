/** Why a comment is not shown, as the rules of the house name it (docs/comments.md). */

export const REASONS: Record<string, string> = {
  unlawful: "违反法律法规",
  rumour: "传播谣言",
  insult: "辱骂、人身攻击",
  privacy: "泄露他人隐私",
  advert: "广告或引流",
  off_topic: "与内容无关",
  other: "其他",
};
