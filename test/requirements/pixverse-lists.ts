/** What the lists and voices of the PixVerse dialect must do, one line each. Tests cite the ids in their names. */

const REF = 'reference/pixverse-platform.md';
const CLIENTS = 'reference/what-clients-send.md, PixVerse Platform v2';

/** Requirements of the lists. */
export const REQUIREMENTS: readonly { id: string; text: string; source: string }[] = [
  // Voices
  {
    id: 'pixverse-lists.voices.system',
    text: 'The fifteen voices of the system are listed in order at both paths, as {total, data: [{speaker_id, name}]}.',
    source: `${REF} §4.6`,
  },
  {
    id: 'pixverse-lists.paging.from',
    text: 'Paging is read from the query string or the JSON body of the GET, as numbers or as text; 0, empty and absent mean the default, 1 of 30 at the older path.',
    source: `${REF} §4.6, §13; ${CLIENTS}`,
  },
  {
    id: 'pixverse-lists.paging.sizes',
    text: 'The newer path takes pages of 10, 20, 50 and 100; another size or a negative number is 400017, what is no number 400013.',
    source: `${REF} §4.6; §7 (400013, 400017)`,
  },
  {
    id: 'pixverse-lists.voices.custom',
    text: 'A voice is made of an uploaded sound and a name, free of charge; repeated with its trace id it is made once. It is listed after those of the system, and speaker_type says which are listed.',
    source: `${REF} §4.6, §10.5, §2`,
  },
  {
    id: 'pixverse-lists.voices.rules',
    text: 'A voice needs a name and a sound that lip sync takes: 400011 where one is missing, 400017 for a sound that is not there or not fit.',
    source: `${REF} §4.5, §7; the codes are ours`,
  },
  {
    id: 'pixverse-lists.voices.use',
    text: 'A voice speaks wherever a speaker id is taken, for its own tenant only, until it is removed; otherwise 400017.',
    source: `${REF} §4.5, §4.6; ours: DESIGN P9`,
  },
  {
    id: 'pixverse-lists.voices.remove',
    text: 'A removed voice is listed no more. Removing it again is no error; what is not one of your own is 500008.',
    source: `${REF} §4.6, §7; ours`,
  },
  // Styles and templates
  {
    id: 'pixverse-lists.restyles',
    text: 'The list of styles is an array of {restyle_id, restyle_name, restyle_prompt, cover_url}, with and without paging.',
    source: `${REF} §4.10`,
  },
  {
    id: 'pixverse-lists.templates',
    text: 'The list of templates has effect_items of one type, 1 or 2, by pages of 10, 20, 50 or 100; each says what it costs.',
    source: `${REF} §4.20; what the types mean is ours`,
  },
  // Usage
  {
    id: 'pixverse-lists.usage.items',
    text: 'Usage detail lists what each job of the tenant came to, consume or refund, newest first, and can be narrowed to one of them and to creation types.',
    source: `${REF} §4.20; the shape is ours`,
  },
  {
    id: 'pixverse-lists.usage.pages',
    text: 'Pages follow next_cursor while has_more; together they have every item once, whatever is created meanwhile.',
    source: `${REF} §4.20; ours`,
  },
  {
    id: 'pixverse-lists.usage.rules',
    text: 'Both times are needed, in UTC as YYYY-MM-DD HH:mm:ss, at most 30 days apart; limit is 1 to 100.',
    source: `${REF} §4.20`,
  },
];
