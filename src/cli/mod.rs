pub mod explain;
pub mod inspect;
