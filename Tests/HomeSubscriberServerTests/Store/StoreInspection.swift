import SubscriberStore

/// What the tests look at and break.
extension SubscriberStore {
    func pragma(_ name: String) throws -> Int? {
        try withConnection { try Int.fetchOne($0, sql: "PRAGMA \(name)") }
    }

    func journalMode() throws -> String? {
        try withConnection { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
    }

    /// SQLite then says that the disk is full where it would need one page more.
    func limitPages(toCurrent isLimited: Bool) throws {
        try withConnection { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(isLimited ? pages : 1_073_741_823)")
        }
    }

    /// Makes every change to one subscription's counter fail.
    func breakUpdates(ofPosition subscription: Int64) throws {
        try withConnection { db in
            switch db.dialect {
            case .sqlite:
                try db.execute(
                    sql: """
                        CREATE TRIGGER broken BEFORE UPDATE ON private_identity WHEN OLD.subscription = \(subscription)
                        BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END
                        """)
            case .postgreSQL:
                try db.execute(
                    sql: """
                        CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
                            BEGIN RAISE EXCEPTION 'broken on purpose'; END $$;
                        CREATE TRIGGER broken BEFORE UPDATE ON private_identity FOR EACH ROW
                            WHEN (OLD.subscription = \(subscription)) EXECUTE FUNCTION broken()
                        """)
            }
        }
    }
}
