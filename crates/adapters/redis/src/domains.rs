//! The values of the domains that are cached: a line each, because a domain writes its records once for every
//! adapter.

#[cfg(feature = "products")]
mod products {
    use kernel::Page;
    use products::{
        Category, Product,
        record::{CategoriesRecord, ProductPageRecord, ProductRecord},
    };

    use crate::Cached;

    impl Cached for Product {
        type Record = ProductRecord;
    }

    impl Cached for Page<Product> {
        type Record = ProductPageRecord;
    }

    impl Cached for Vec<Category> {
        type Record = CategoriesRecord;
    }
}

#[cfg(feature = "tasks")]
mod tasks {
    use tasks::{Task, record::TaskRecord};

    use crate::Cached;

    impl Cached for Task {
        type Record = TaskRecord;
    }
}

mod users {
    use users::{User, record::UserRecord};

    use crate::Cached;

    impl Cached for User {
        type Record = UserRecord;
    }
}
