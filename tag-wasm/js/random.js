// 32 random bits, for ids.

export const random = () => {
  try {
    return crypto.getRandomValues(new Uint32Array(1))[0];
  } catch (error) {
    return Math.random() * 4294967296;
  }
};
