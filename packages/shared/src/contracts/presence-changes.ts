/**
 * What is published of a user to those who watch it is how they are now (`STATUS SEEN VERSION`), or this: their names are others,
 * which whoever wants them asks for.
 */
export const profileChanged = 'profile';
