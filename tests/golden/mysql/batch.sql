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
SELECT region, number FROM shop.orders WHERE region >= <E1> AND ((region > <E1>) OR (region = <E1> AND number > <E2>)) ORDER BY region DESC, number DESC LIMIT 1;
SELECT region, number FROM shop.orders WHERE region <= <E1> AND ((region < <E1>) OR (region = <E1> AND number <= <E2>)) ORDER BY region, number LIMIT 1 OFFSET <N>;
SELECT region, number FROM shop.orders WHERE region >= <L1> AND ((region > <L1>) OR (region = <L1> AND number > <L2>)) AND region <= <E1> AND ((region < <E1>) OR (region = <E1> AND number <= <E2>)) ORDER BY region, number LIMIT 1 OFFSET <N>;
UPDATE shop.orders<U> AND region <= <H1> AND ((region < <H1>) OR (region = <H1> AND number <= <H2>));
UPDATE shop.orders<U> AND region >= <L1> AND ((region > <L1>) OR (region = <L1> AND number > <L2>)) AND region <= <H1> AND ((region < <H1>) OR (region = <H1> AND number <= <H2>));
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
SELECT region, number FROM orders WHERE region >= <E1> AND ((region > <E1>) OR (region = <E1> AND number > <E2>)) ORDER BY region DESC, number DESC LIMIT 1;
SELECT region, number FROM orders WHERE region <= <E1> AND ((region < <E1>) OR (region = <E1> AND number <= <E2>)) ORDER BY region, number LIMIT 1 OFFSET <N>;
SELECT region, number FROM orders WHERE region >= <L1> AND ((region > <L1>) OR (region = <L1> AND number > <L2>)) AND region <= <E1> AND ((region < <E1>) OR (region = <E1> AND number <= <E2>)) ORDER BY region, number LIMIT 1 OFFSET <N>;
DELETE FROM orders WHERE region <= <H1> AND ((region < <H1>) OR (region = <H1> AND number <= <H2>));
DELETE FROM orders WHERE region >= <L1> AND ((region > <L1>) OR (region = <L1> AND number > <L2>)) AND region <= <H1> AND ((region < <H1>) OR (region = <H1> AND number <= <H2>));

-- a function of the row: users.email
SELECT id FROM users ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id > <E1> ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
SELECT id FROM users WHERE id > <L1> AND id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
SELECT id, email FROM users WHERE <U> AND id <= <H1> ORDER BY id FOR UPDATE;
SELECT id, email FROM users WHERE <U> AND id > <L1> AND id <= <H1> ORDER BY id FOR UPDATE;
-- <U> is (slug IS NULL)
-- written as json, tt
UPDATE JSON_TABLE(<C1>, '$[*]' COLUMNS (c1 LONGTEXT CHARACTER SET utf8mb4 PATH '$[0]' ERROR ON ERROR, k1 BIGINT PATH '$[1]' ERROR ON ERROR)) AS v STRAIGHT_JOIN users AS t ON t.id = v.k1 SET t.slug = v.c1;
UPDATE JSON_TABLE(<C1>, '$[*]' COLUMNS (c1 LONGTEXT CHARACTER SET utf8mb4 PATH '$[0]' ERROR ON ERROR, k1 BIGINT PATH '$[1]' ERROR ON ERROR)) AS v STRAIGHT_JOIN users AS t ON t.id = v.k1 SET t.slug = v.c1;

-- a function of the row, key of two columns: orders.price
SELECT region, number FROM orders ORDER BY region DESC, number DESC LIMIT 1;
SELECT region, number FROM orders WHERE region >= <E1> AND ((region > <E1>) OR (region = <E1> AND number > <E2>)) ORDER BY region DESC, number DESC LIMIT 1;
SELECT region, number FROM orders WHERE region <= <E1> AND ((region < <E1>) OR (region = <E1> AND number <= <E2>)) ORDER BY region, number LIMIT 1 OFFSET <N>;
SELECT region, number FROM orders WHERE region >= <L1> AND ((region > <L1>) OR (region = <L1> AND number > <L2>)) AND region <= <E1> AND ((region < <E1>) OR (region = <E1> AND number <= <E2>)) ORDER BY region, number LIMIT 1 OFFSET <N>;
SELECT region, number, price FROM orders WHERE region <= <H1> AND ((region < <H1>) OR (region = <H1> AND number <= <H2>)) ORDER BY region, number FOR UPDATE;
SELECT region, number, price FROM orders WHERE region >= <L1> AND ((region > <L1>) OR (region = <L1> AND number > <L2>)) AND region <= <H1> AND ((region < <H1>) OR (region = <H1> AND number <= <H2>)) ORDER BY region, number FOR UPDATE;
-- written as json, txtttt
UPDATE JSON_TABLE(<C1>, '$[*]' COLUMNS (c1 LONGTEXT CHARACTER SET utf8mb4 PATH '$[0]' ERROR ON ERROR, c2 LONGTEXT CHARACTER SET ascii PATH '$[1]' ERROR ON ERROR, c3 LONGTEXT CHARACTER SET utf8mb4 PATH '$[2]' ERROR ON ERROR, c4 LONGTEXT CHARACTER SET utf8mb4 PATH '$[3]' ERROR ON ERROR, k1 character varying(8) PATH '$[4]' ERROR ON ERROR, k2 BIGINT PATH '$[5]' ERROR ON ERROR)) AS v STRAIGHT_JOIN orders AS t ON t.region = v.k1 AND t.number = v.k2 SET t.slug = v.c1, t.photo = UNHEX(v.c2), t.price = v.c3, t.at = v.c4;
UPDATE JSON_TABLE(<C1>, '$[*]' COLUMNS (c1 LONGTEXT CHARACTER SET utf8mb4 PATH '$[0]' ERROR ON ERROR, c2 LONGTEXT CHARACTER SET ascii PATH '$[1]' ERROR ON ERROR, c3 LONGTEXT CHARACTER SET utf8mb4 PATH '$[2]' ERROR ON ERROR, c4 LONGTEXT CHARACTER SET utf8mb4 PATH '$[3]' ERROR ON ERROR, k1 character varying(8) PATH '$[4]' ERROR ON ERROR, k2 BIGINT PATH '$[5]' ERROR ON ERROR)) AS v STRAIGHT_JOIN orders AS t ON t.region = v.k1 AND t.number = v.k2 SET t.slug = v.c1, t.photo = UNHEX(v.c2), t.price = v.c3, t.at = v.c4;

-- a function of the row, walked by another key: users
SELECT email FROM users ORDER BY email DESC LIMIT 1;
SELECT email FROM users WHERE email > <E1> ORDER BY email DESC LIMIT 1;
SELECT email FROM users WHERE email <= <E1> ORDER BY email LIMIT 1 OFFSET <N>;
SELECT email FROM users WHERE email > <L1> AND email <= <E1> ORDER BY email LIMIT 1 OFFSET <N>;
SELECT email, id FROM users WHERE email <= <H1> ORDER BY email FOR UPDATE;
SELECT email, id FROM users WHERE email > <L1> AND email <= <H1> ORDER BY email FOR UPDATE;
-- written as json, tt
UPDATE JSON_TABLE(<C1>, '$[*]' COLUMNS (c1 LONGTEXT CHARACTER SET utf8mb4 PATH '$[0]' ERROR ON ERROR, k1 BIGINT PATH '$[1]' ERROR ON ERROR)) AS v STRAIGHT_JOIN users AS t ON t.id = v.k1 SET t.slug = v.c1;
UPDATE JSON_TABLE(<C1>, '$[*]' COLUMNS (c1 LONGTEXT CHARACTER SET utf8mb4 PATH '$[0]' ERROR ON ERROR, k1 BIGINT PATH '$[1]' ERROR ON ERROR)) AS v STRAIGHT_JOIN users AS t ON t.id = v.k1 SET t.slug = v.c1;

-- each batch: users.id,slug
SELECT id FROM users ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id > <E1> ORDER BY id DESC LIMIT 1;
SELECT id FROM users WHERE id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
SELECT id FROM users WHERE id > <L1> AND id <= <E1> ORDER BY id LIMIT 1 OFFSET <N>;
SELECT id, slug FROM users WHERE id <= <H1> ORDER BY id FOR UPDATE;
SELECT id, slug FROM users WHERE id > <L1> AND id <= <H1> ORDER BY id FOR UPDATE;
