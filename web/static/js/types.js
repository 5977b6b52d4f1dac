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
 *   | {id: string, type: "quote", text: string, by?: string|null}} Block
 *
 * @typedef {{headline: string, summary: string, body: string}} Translation
 *   `body` is plain text; an empty line ends a paragraph.
 * @typedef {{id: string, ver: number, headline: string, summary: string, body?: Block[], section: string,
 *   towns: string[], priority: number, breaking: boolean, confirmed: boolean, cover: Media|null,
 *   byline: string|null, sources: {name: string, kind: string}[], published_at: string, updated_at: string,
 *   corrections: {at: string, note: string}[], translations: {en?: Translation}}} Article
 *
 * @typedef {{id: string, ver: number, index_no: string|null, doc_no: string|null, office: {id: string, name: string},
 *   category: string, category_name?: string, title: string, body?: Block[], attachments?: Media[],
 *   towns: string[], published_at: string|null, effective_from: string|null, effective_to: string|null, state: "published"|"withdrawn",
 *   withdrawn_reason?: string|null}} Notice
 *
 * @typedef {{attitude: number, result: number, comment?: string|null}} Rating
 * @typedef {{id: string, at: string, action: string, state: string, by: string|null,
 *   office: {id: string, name: string}|null, text: string|null, media?: Media[], rating?: Rating|null}} Step
 * @typedef {{id: string, ver: number, code: string, service: {id: string, name: string}, title: string, text: string,
 *   address: string|null, media: Media[], state: string, office: {id: string, name: string}|null,
 *   supervised: boolean, due: string|null, timeline: Step[], rating: Rating|null, allowed: string[],
 *   created_at: string, updated_at: string}} CitizenRequest
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
