import Columnar
import FeatureStore
import Testing

@testable import FeatureServer

@Suite struct AccessTests {
    @Test func scopesAllowWhatTheyNameAndNoMore() {
        #expect([AccessScope.admin].contains { $0.allows(.push("v")) })
        #expect(AccessScope.read("*").allows(.read("s")) && AccessScope.read("s").allows(.read("s")))
        #expect(!AccessScope.read("s").allows(.read("t")) && !AccessScope.read("s").allows(.read("*")))
        #expect(!AccessScope.read("*").allows(.push("s")) && !AccessScope.push("*").allows(.admin))
        #expect(AccessScope.label("*").allows(.label("s")) && !AccessScope.label("s").allows(.examples("s")))
        #expect(AccessScope.examples("s").allows(.examples("s")) && !AccessScope.read("*").allows(.examples("s")))
        #expect(!AccessScope.metrics.allows(.read("s")) && !AccessScope.read("*").allows(.metrics))
    }

    @Test(arguments: ["", "read", "read:", "write:x", "admin:x", "metrics:all", "READ:x"])
    func otherWordsAreNoScope(_ word: String) { #expect(AccessScope(word) == nil) }

    @Test func scopesReadBack() {
        for scope in [AccessScope.read("eta:v1"), .push("*"), .label("a"), .examples("*"), .metrics, .admin] {
            #expect(AccessScope(scope.description) == scope)
        }
    }

    @Test func onlyTheTokenItselfMatchesItsRecord() throws {
        let token = BearerToken()
        let record = token.record(scopes: [.admin], note: "", expires: nil)
        #expect(record.digest.count == 32)
        #expect(BearerToken(token.text)?.matches(record) == true)
        #expect(BearerToken("fst_\(token.id)_\(BearerToken().secret)")?.matches(record) == false)
        #expect(BearerToken("fst_other_\(token.secret)")?.matches(record) == false)
        #expect(!record.digest.elementsEqual(token.secret.utf8))
        for text in ["", "fst", "fst__", "fst_a_", "x_a_b", "fst_a_b_c"] { #expect(BearerToken(text) == nil) }
    }

    @Test func theDigestIsSHA256() {
        // FIPS 180-2, appendix B.1: the digest of "abc".
        let record = BearerToken("fst_id_abc")?.record(scopes: [], note: "", expires: nil)
        let hex = record?.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func endedTokensAreNotValid() {
        let now = Timestamp(microseconds: 1000)
        var token = AccessToken(id: "a", digest: [], scopes: [], note: "", created: Timestamp(microseconds: 0))
        #expect(token.isValid(at: now))
        token.expires = now
        #expect(!token.isValid(at: now) && token.isValid(at: Timestamp(microseconds: 999)))
        token.expires = nil
        token.revoked = Timestamp(microseconds: 1)
        #expect(!token.isValid(at: now))
    }
}
