import Columnar
import FeatureStore
import Synchronization

/// Who may ask for what: bearer tokens by `Authorization`, judged against what the catalog holds now.
final class AccessControl: Sendable {
    private struct Known {
        var record: AccessToken
        var scopes: [AccessScope]
    }

    /// Whether a request needs a token.
    let isRequired: Bool
    private let tokens = Mutex<[String: Known]>([:])

    init(isRequired: Bool) { self.isRequired = isRequired }

    /// Takes over the catalog's tokens.
    func update(_ records: [AccessToken]) {
        let known = records.map { ($0.id, Known(record: $0, scopes: $0.scopes.compactMap(AccessScope.init))) }
        tokens.withLock { $0 = Dictionary(known, uniquingKeysWith: { first, _ in first }) }
    }

    /// The rights of a request: those of its token, or all where none is needed.
    ///
    /// - Throws: `RequestError` 401 if a token is needed and missing, wrong, expired or revoked.
    func rights(of exchange: HTTPExchange) throws(RequestError) -> [AccessScope] {
        guard isRequired else { return [.admin] }
        guard let header = exchange.header("Authorization") else {
            throw denied("a token is needed: 'Authorization: Bearer TOKEN'; 'fstore token create' makes one", exchange)
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer", let token = BearerToken(parts[1]),
            let known = tokens.withLock({ $0[token.id] }), token.matches(known.record)
        else { throw denied("the token is unknown", exchange) }
        guard known.record.isValid(at: .now) else {
            throw denied(
                "the token '\(token.id)' has \(known.record.revoked == nil ? "expired" : "been revoked")", exchange)
        }
        return known.scopes
    }

    private func denied(_ message: String, _ exchange: HTTPExchange) -> RequestError {
        exchange.headers.append(("WWW-Authenticate", "Bearer"))
        return RequestError(401, message)
    }
}

extension [AccessScope] {
    /// - Throws: `RequestError` 403 if none of them allows `scope`.
    func check(_ scope: AccessScope) throws(RequestError) {
        guard contains(where: { $0.allows(scope) }) else {
            throw RequestError(
                403, "the token lacks the scope '\(scope)'; make one with 'fstore token create --scope \(scope)'",
                as: "FeastPermissionError")
        }
    }
}
