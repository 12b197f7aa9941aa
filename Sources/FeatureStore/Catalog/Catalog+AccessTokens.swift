import Columnar

/// Bearer tokens of the server: who may ask for what.
extension Catalog {
    func add(_ token: AccessToken) throws {
        try database.query(
            """
            INSERT INTO access_tokens (id, digest, scopes, note, created, expires) VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                .text(token.id), .text(Self.hexadecimal(token.digest)), .text(token.scopes.joined(separator: " ")),
                .text(token.note), .integer(token.created.microseconds), SQLiteValue(token.expires?.microseconds),
            ])
    }

    /// All tokens that were ever made, the oldest first.
    func accessTokens() throws -> [AccessToken] {
        try database.rows(
            "SELECT id, digest, scopes, note, created, expires, revoked FROM access_tokens ORDER BY created, id"
        ) {
            AccessToken(
                id: $0.text(0), digest: Self.bytes(hexadecimal: $0.text(1)),
                scopes: $0.text(2).split(separator: " ").map(String.init), note: $0.text(3),
                created: Timestamp(microseconds: $0.integer(4)),
                expires: $0.integerIfPresent(5).map { Timestamp(microseconds: $0) },
                revoked: $0.integerIfPresent(6).map { Timestamp(microseconds: $0) })
        }
    }

    /// Ends a token; false if there is none of that id, or it was ended before.
    func revokeAccessToken(_ id: String, at time: Timestamp) throws -> Bool {
        try database.transaction {
            let found = try database.rows(
                "SELECT count(*) FROM access_tokens WHERE id = ? AND revoked IS NULL", [.text(id)]
            ) { $0.integer(0) }
            try database.query(
                "UPDATE access_tokens SET revoked = ? WHERE id = ? AND revoked IS NULL",
                [.integer(time.microseconds), .text(id)])
            return found.first ?? 0 > 0
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(hexadecimal text: String) -> [UInt8] {
        let digits = Array(text)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
    }
}
