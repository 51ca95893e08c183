// Texts as parts of addresses. `rules/src/page/transform.rs` does the same
// for a page without a browser.

weirPart(({ offer }) => {
  const CYRILLIC = 'абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў';
  const LATIN = 'a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya i yi ye g u'.split(' ');

  const slug = (text) =>
    text
      .toLowerCase()
      .normalize()
      .replace(/[а-яёіїєґў]/g, (letter) => LATIN[CYRILLIC.indexOf(letter)])
      .normalize('NFD')
      .replace(/[\u0300-\u036f]/g, '')
      .normalize()
      .replace(/[^\p{Alphabetic}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '');

  offer({ t4: slug });
});
