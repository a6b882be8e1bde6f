-- an update in SQL: users.slug
SELECT id FROM users ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id > <E1> ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
SELECT id FROM users WHERE id > <L1> AND id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
UPDATE users<U> WHERE id <= <H1>;
UPDATE users<U> WHERE id > <L1> AND id <= <H1>;
-- <U> is  SET slug = lower(email)

-- with a condition, over two columns: orders.price,slug
SELECT region, number FROM shop.orders ORDER BY region DESC, number DESC LIMIT 1;
SELECT region, number FROM shop.orders WHERE (region, number) > (<E1>, <E2>) ORDER BY region DESC, number DESC LIMIT 1;
SELECT region, number FROM shop.orders WHERE (region, number) <= (<E1>, <E2>) ORDER BY region, number LIMIT 1 OFFSET <N>;
SELECT region, number FROM shop.orders WHERE (region, number) > (<L1>, <L2>) AND (region, number) <= (<E1>, <E2>) ORDER BY region, number LIMIT 1 OFFSET <N>;
UPDATE shop.orders<U> AND (region, number) <= (<H1>, <H2>);
UPDATE shop.orders<U> AND (region, number) > (<L1>, <L2>) AND (region, number) <= (<H1>, <H2>);
-- <U> is  SET price = price * 2, slug = 'x' WHERE (price > 1)

-- a delete: users
SELECT id FROM users ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id > <E1> ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
SELECT id FROM users WHERE id > <L1> AND id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
DELETE FROM users WHERE <U> AND id <= <H1>;
DELETE FROM users WHERE <U> AND id > <L1> AND id <= <H1>;
-- <U> is (slug IS NULL)

-- a delete of every row: orders
SELECT region, number FROM orders ORDER BY region DESC, number DESC LIMIT 1;
SELECT region, number FROM orders WHERE (region, number) > (<E1>, <E2>) ORDER BY region DESC, number DESC LIMIT 1;
SELECT region, number FROM orders WHERE (region, number) <= (<E1>, <E2>) ORDER BY region, number LIMIT 1 OFFSET <N>;
SELECT region, number FROM orders WHERE (region, number) > (<L1>, <L2>) AND (region, number) <= (<E1>, <E2>) ORDER BY region, number LIMIT 1 OFFSET <N>;
DELETE FROM orders WHERE (region, number) <= (<H1>, <H2>);
DELETE FROM orders WHERE (region, number) > (<L1>, <L2>) AND (region, number) <= (<H1>, <H2>);

-- a function of the row: users.email
SELECT id FROM users ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id > <E1> ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
SELECT id FROM users WHERE id > <L1> AND id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
SELECT id, email FROM users WHERE <U> AND id <= <H1> ORDER BY id;
SELECT id, email FROM users WHERE <U> AND id > <L1> AND id <= <H1> ORDER BY id;
-- <U> is (slug IS NULL)
-- written as given, tt
UPDATE users SET slug = curlew_given(1, id) WHERE id <= <H1> AND curlew_is_given(id);
UPDATE users SET slug = curlew_given(1, id) WHERE id > <L1> AND id <= <H1> AND curlew_is_given(id);

-- a function of the row, key of two columns: orders.price
SELECT region, number FROM orders ORDER BY region DESC, number DESC LIMIT 1;
SELECT region, number FROM orders WHERE (region, number) > (<E1>, <E2>) ORDER BY region DESC, number DESC LIMIT 1;
SELECT region, number FROM orders WHERE (region, number) <= (<E1>, <E2>) ORDER BY region, number LIMIT 1 OFFSET <N>;
SELECT region, number FROM orders WHERE (region, number) > (<L1>, <L2>) AND (region, number) <= (<E1>, <E2>) ORDER BY region, number LIMIT 1 OFFSET <N>;
SELECT region, number, price FROM orders WHERE (region, number) <= (<H1>, <H2>) ORDER BY region, number;
SELECT region, number, price FROM orders WHERE (region, number) > (<L1>, <L2>) AND (region, number) <= (<H1>, <H2>) ORDER BY region, number;
-- written as sets, tttttt
UPDATE orders SET slug = <C1>, photo = <C2>, price = <C3>, at = <C4> WHERE region = <C5> AND number = <C6>;
UPDATE orders SET slug = <C1>, photo = <C2>, price = <C3>, at = <C4> WHERE region = <C5> AND number = <C6>;

-- a function of the row, walked by another key: users
SELECT email FROM users ORDER BY email DESC LIMIT 1;
SELECT email FROM users WHERE email > <E1> ORDER BY email DESC LIMIT 1;
SELECT email FROM users WHERE email <= <E1> ORDER BY email LIMIT 1 OFFSET <N>;
SELECT email FROM users WHERE email > <L1> AND email <= <E1> ORDER BY email LIMIT 1 OFFSET <N>;
SELECT email, id FROM users WHERE email <= <H1> ORDER BY email;
SELECT email, id FROM users WHERE email > <L1> AND email <= <H1> ORDER BY email;
-- written as sets, tt
UPDATE users SET slug = <C1> WHERE id = <C2>;
UPDATE users SET slug = <C1> WHERE id = <C2>;

-- each batch: users.id,slug
SELECT id FROM users ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id > <E1> ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
SELECT id FROM users WHERE id > <L1> AND id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
SELECT id, slug FROM users WHERE id <= <H1> ORDER BY id;
SELECT id, slug FROM users WHERE id > <L1> AND id <= <H1> ORDER BY id;
