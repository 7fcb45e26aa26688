/** How a client wants to be given its token: as a cookie, or in the body to send as `Bearer`. */
export type Transport = 'cookie' | 'bearer'
