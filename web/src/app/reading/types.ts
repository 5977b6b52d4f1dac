/** What bodies are made of, as they travel. */

import type { Schemas } from "@/api/client";

export type Block = Schemas["Block"];
export type Media = Schemas["Media"];
export type ServiceCardData = Schemas["ServiceCard"];
