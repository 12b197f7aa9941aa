import Columnar

/// What the last comparison of a service's online and offline values has found, for who watches it.
package struct VerificationRecord: Hashable, Sendable {
    package var service: String
    package var ran: Timestamp
    package var compared: Int
    package var different: Int
}

extension Catalog {
    func note(_ record: VerificationRecord) throws {
        try database.query(
            """
            INSERT INTO verifications (service, ran, compared, different) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET ran = excluded.ran, compared = excluded.compared, different = excluded.different
            """,
            [
                .text(record.service), .integer(record.ran.microseconds), SQLiteValue(record.compared),
                SQLiteValue(record.different),
            ])
    }

    /// The last of each service, in the order of their names.
    func verifications() throws -> [VerificationRecord] {
        try database.rows("SELECT service, ran, compared, different FROM verifications ORDER BY service", []) {
            VerificationRecord(
                service: $0.text(0), ran: Timestamp(microseconds: $0.integer(1)), compared: Int($0.integer(2)),
                different: Int($0.integer(3)))
        }
    }
}
