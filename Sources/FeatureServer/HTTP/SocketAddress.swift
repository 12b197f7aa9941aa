import Foundation

/// An address to listen on.
struct SocketAddress {
    let isV6: Bool
    private let bytes: [UInt8]

    /// Looks `host` up, which is a name or a numeric address.
    init(host: String, port: UInt16) throws(HTTPServerError) {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard status == 0, let first = found?.pointee, let address = first.ai_addr else {
            throw HTTPServerError("'\(host)' is no address of this machine (\(String(cString: gai_strerror(status))))")
        }
        isV6 = first.ai_family == AF_INET6
        bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(first.ai_addrlen)))
    }

    func withPointer<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
        bytes.withUnsafeBytes { body($0.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!) }
    }

    /// Whether only this machine can reach it.
    var isLoopback: Bool {
        bytes.withUnsafeBytes { bytes in
            if isV6 {
                let address = bytes.loadUnaligned(as: sockaddr_in6.self).sin6_addr
                return withUnsafeBytes(of: address) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
            }
            let address = bytes.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr
            return UInt32(bigEndian: address) >> 24 == 127
        }
    }
}
