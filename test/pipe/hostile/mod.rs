//! Input made to do harm: by names and files, by rules, and by servers. What other files hold of it
//! (names in `names`, files in `failures`, secrets in `secrets` and `leaks`) is not here again.

mod answers;
mod files;
mod folders;
mod rules;
mod special;
