/**
 * The shapes that travel over HTTP and the socket alike. Only types: this module holds no code.
 *
 * @typedef {{name: string, width: number, height: number, url: string}} Rendition
 * @typedef {{id: string, kind: "image"|"video"|"audio"|"document", mime: string, bytes: number,
 *   width: number|null, height: number|null, url: string, renditions: Rendition[],
 *   poster: string|null, hls: string|null}} Media
 *
 * @typedef {{id: string, type: "text", html: string}
 *   | {id: string, type: "image"|"video"|"audio", media: Media, caption?: string|null, alt?: string|null}
 *   | {id: string, type: "quote", text: string, by?: string|null}
 *   | {id: string, type: "service_card", item: string, card: ServiceCard}} Block
 * @typedef {{id: string, version: number, title: string, summary: string, office: string, materials: string[],
 *   promised_days: number, time_words: string, fee_words: string, online_url: string|null,
 *   service: string|null}} ServiceCard
 *
 * @typedef {{headline: string, summary: string, body: string}} Translation
 *   `body` is plain text; an empty line ends a paragraph.
 * @typedef {{id: string, ver: number, headline: string, summary: string, body?: Block[], section: string,
 *   towns: string[], priority: number, breaking: boolean, confirmed: boolean, cover: Media|null,
 *   byline: string|null, sources: {name: string, kind: string}[], published_at: string, updated_at: string,
 *   corrections: {at: string, note: string, changes?: Change[]}[], translations: {en?: Translation}}} Article
 * @typedef {{field: string, before: string, after: string}} Change
 *
 * @typedef {{id: string, ver: number, index_no: string|null, doc_no: string|null, office: {id: string, name: string},
 *   category: string, category_name?: string, title: string, body?: Block[], attachments?: Media[],
 *   towns: string[], published_at: string|null, effective_from: string|null, effective_to: string|null, state: "published"|"superseded"|"expired"|"withdrawn",
 *   version?: number, versions?: {version: number, published_at: string, note: string|null}[],
 *   services?: ServiceCard[], explanation?: {text: string, published_at: string}|null, superseded_by?: string|null,
 *   withdrawn_reason?: string|null}} Notice
 *
 * @typedef {{attitude: number, result: number, comment?: string|null}} Rating
 * @typedef {{id: string, at: string, action: string, state: string, by: string|null,
 *   office: {id: string, name: string}|null, text: string|null, media?: Media[], rating?: Rating|null}} Step
 * @typedef {{id: string, ver: number, code: string, service: {id: string, name: string}, title: string, text: string,
 *   address: string|null, media: Media[], state: string, office: {id: string, name: string}|null,
 *   supervised: boolean, due: string|null, timeline: Step[], rating: Rating|null, allowed: string[],
 *   place_note: string|null, waiting: boolean, declined: {code: string, reason: string, where: string}|null,
 *   due_explained: {due: string, provisional: boolean,
 *     steps: {from: string, to: string, counted: number, why: string}[]}|null,
 *   custody: {holder: string, seconds: number, since: string|null}[],
 *   created_at: string, updated_at: string}} CitizenRequest
 *
 * @typedef {{headline?: string, event: string, urgency: string, severity: string, description?: string,
 *   instruction?: string, language?: string, area: {areaDesc: string}[]}} WarningInfo
 * @typedef {{id: string, ver: number, office: {id: string, name: string}, info: WarningInfo[], expires: string|null,
 *   sent: string}} Warning
 *
 * @typedef {{start: number, end: number}} Mark
 * @typedef {{kind: "article"|"notice"|"service"|"item"|"request", id: string, title: string, title_marks: Mark[],
 *   snippet: {text: string, at: number, marks: Mark[]}, published_at: string|null}} Found
 *
 * @typedef {{id: string, ver: number, title: string, summary: string, office: {id: string, name: string},
 *   time_words: string, fee_words: string, online_url: string|null, service: string|null, conditions: string[],
 *   materials: {words: string}[], steps: {title: string, text: string}[], phone: string|null,
 *   questions: {question: string, answer: string}[],
 *   windows: {id: string, title: string, address: string, phone: string|null, now: {words: string}}[]}} CatalogueItem
 * @typedef {{id: string, ver: number, service: {id: string, name: string}, office: {id: string, name: string}|null,
 *   state: string, filed_on: string, updated_on: string, title: string, text: string, place: string|null,
 *   reply: string|null}} PublicRequest
 *
 * @typedef {{id: string, ver: number, title: string, text: string, about: {kind: string, id: string}|null,
 *   at: string, read_at: string|null}} Bell
 *
 * @typedef {{seq: number, stream: string, prev: number, kind: string, id: string, ver: number,
 *   op: "put"|"del", data?: any}} Row
 * @typedef {{kind: string, id: string, ver: number, data: any}} Item
 * @typedef {{stream: string, op: "put"|"del", kind: string, id: string, data: any, isNew: boolean}} Change
 *   `isNew` tells what was not held before from what has changed; a `del` carries what was held.
 *
 * @typedef {{id: string, name: string, name_en?: string}} Named
 * @typedef {Named & {description?: string, description_en?: string}} Service
 * @typedef {{id: string, name?: string|null, phone?: string|null}} User
 *
 * @typedef {{el: HTMLElement, title: () => string, refresh: () => void}} Screen
 *   A screen of the app. `refresh` brings it up to the store, and may be called at any time.
 */

export {};
