/** The token that ends the thread of `dying-session.ts`. */
export const killingToken = 666;
