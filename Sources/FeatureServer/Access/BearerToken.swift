import CGnuTLS
import Columnar
import FeatureStore

/// A token as its holder knows it: `fst_ID_SECRET`. The store keeps a digest of the secret only.
public struct BearerToken: Sendable {
    public let id: String
    let secret: String

    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")

    /// A new one: an id of 8 characters and a secret of 40, 230 bits of the system's randomness.
    public init() {
        var generator = SystemRandomNumberGenerator()
        func text(_ length: Int) -> String {
            String((0..<length).map { _ in Self.alphabet[Int.random(in: 0..<Self.alphabet.count, using: &generator)] })
        }
        id = text(8)
        secret = text(40)
    }

    /// Reads a token; nil if the text is none.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "fst", !parts[1].isEmpty, !parts[2].isEmpty else { return nil }
        id = String(parts[1])
        secret = String(parts[2])
    }

    public var text: String { "fst_\(id)_\(secret)" }

    /// The record to keep of it.
    public func record(scopes: [AccessScope], note: String, expires: Timestamp?) -> AccessToken {
        AccessToken(
            id: id, digest: Self.digest(of: secret), scopes: scopes.map(\.description), note: note, created: .now,
            expires: expires)
    }

    /// Whether `record` is of this very token; takes the same time wherever they differ.
    func matches(_ record: AccessToken) -> Bool {
        let digest = Self.digest(of: secret)
        guard record.id == id, record.digest.count == digest.count else { return false }
        return gnutls_memcmp(record.digest, digest, digest.count) == 0
    }

    /// SHA-256. The secret is random and long, so it needs neither salt nor a slow hash.
    private static func digest(of secret: String) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let bytes = Array(secret.utf8)
        guard gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, bytes.count, &digest) == 0 else { return [] }
        return digest
    }
}
