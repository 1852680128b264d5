//! Finding a customer by whatever he gives: a search index over plain records; knows nothing of the product.
