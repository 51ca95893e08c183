declare module "virtual:cookbook" {
  interface Told {
    group: string;
    title: string;
    text: string;
  }
  export interface Recipe {
    id: string;
    en: Told;
    ru: Told;
    container: import("./document/text").JsonObject;
  }
  const recipes: Recipe[];
  export default recipes;
}
