import CMicroHTTPD
import Foundation
import Synchronization

/// An HTTP/1.1 server on GNU libmicrohttpd: the only place, with `HTTPExchange`, where that library's types appear.
///
/// A few threads wait for all connections (epoll) and answer what can be answered at once; the rest goes to workers,
/// while its connection is suspended.
final class HTTPServer: @unchecked Sendable {
    private let daemon: OpaquePointer
    private let core: HTTPServerCore
    /// The port that it listens on.
    let port: UInt16

    /// Starts to serve.
    ///
    /// - Throws: if the address cannot be had, or the certificate is none.
    init(
        _ configuration: HTTPConfiguration, handler: any HTTPHandler, watch: ConnectionWatch
    ) throws(HTTPServerError) {
        let core = HTTPServerCore(configuration, handler, watch)
        let address = try SocketAddress(host: configuration.host, port: configuration.port)
        try Self.allowDescriptors(configuration.limits.connections)
        guard let daemon = Self.start(configuration, address, core) else {
            throw HTTPServerError(
                "cannot listen on \(configuration.host) port \(configuration.port) (\(String(cString: strerror(errno)))); "
                    + "choose another with --port, or stop what holds it"
                    + (configuration.tls == nil ? "" : "; or the certificate or its key are no valid PEM"))
        }
        self.daemon = daemon
        self.core = core
        port = UInt16(truncatingIfNeeded: fs_bound_port(daemon))
    }

    /// Bytes a connection has for a request's head and the parts its body comes in. The library clears them after every
    /// request, so more than heads need would cost time.
    private static let connectionMemory = 12 << 10

    /// Takes no new connections, lets requests in flight end for at most `seconds`, then closes everything.
    func stop(waitingAtMost seconds: Int) {
        let listening = MHD_quiesce_daemon(daemon)
        // It may be closed only when the daemon's threads are gone, but new clients should be refused from now on.
        if listening >= 0 { shutdown(listening, Int32(SHUT_RDWR)) }
        let deadline = ContinuousClock.now + .seconds(seconds)
        while core.inFlight > 0, ContinuousClock.now < deadline { usleep(2000) }
        // Suspended connections must be resumed before the daemon ends, and workers resume them.
        core.workers.stop()
        MHD_stop_daemon(daemon)
        if listening >= 0 { close(listening) }
    }

    /// Every connection needs a descriptor.
    private static func allowDescriptors(_ connections: Int) throws(HTTPServerError) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let needed = rlim_t(connections + HTTPLimits.otherDescriptors)
        guard limit.rlim_cur < needed else { return }
        guard limit.rlim_max >= needed else {
            throw HTTPServerError(
                "\(connections) connections need more open files than the system allows (\(limit.rlim_max)); "
                    + "raise it (ulimit -n), or allow fewer with --max-connections")
        }
        limit.rlim_cur = needed
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func start(
        _ configuration: HTTPConfiguration, _ address: SocketAddress, _ core: HTTPServerCore
    ) -> OpaquePointer? {
        var flags =
            MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue | MHD_USE_TURBO.rawValue
        if address.isV6 { flags |= MHD_USE_IPv6.rawValue }
        let limits = configuration.limits
        // The core lives as long as the daemon: `HTTPServer` holds both.
        let context = Unmanaged.passUnretained(core).toOpaque()
        return address.withPointer { socketAddress in
            var options = [
                option(.SOCK_ADDR, pointer: UnsafeMutableRawPointer(mutating: socketAddress)),
                option(.THREAD_POOL_SIZE, configuration.threads),
                option(.CONNECTION_LIMIT, limits.connections),
                option(.CONNECTION_TIMEOUT, limits.idleSeconds),
                option(.CONNECTION_MEMORY_LIMIT, Self.connectionMemory),
                option(
                    .NOTIFY_CONNECTION, unsafeBitCast(notifyConnection, to: Int.self), pointer: context),
                option(.NOTIFY_COMPLETED, unsafeBitCast(notifyCompleted, to: Int.self), pointer: context),
            ]
            if configuration.threads < 2 { options.remove(at: 1) }
            if limits.connectionsPerAddress > 0 {
                options.append(option(.PER_IP_CONNECTION_LIMIT, limits.connectionsPerAddress))
            }
            guard let tls = configuration.tls else {
                return start(flags, configuration.port, context, options)
            }
            return tls.certificate.withCString { certificate in
                tls.key.withCString { key in
                    options.append(option(.HTTPS_MEM_CERT, pointer: UnsafeMutableRawPointer(mutating: certificate)))
                    options.append(option(.HTTPS_MEM_KEY, pointer: UnsafeMutableRawPointer(mutating: key)))
                    return start(flags | MHD_USE_TLS.rawValue, configuration.port, context, options)
                }
            }
        }
    }

    private static func start(
        _ flags: UInt32, _ port: UInt16, _ context: UnsafeMutableRawPointer, _ options: [MHD_OptionItem]
    ) -> OpaquePointer? {
        var items = options + [option(.END)]
        return items.withUnsafeMutableBufferPointer { items in
            guard let base = items.baseAddress else { return nil }
            let arguments: [any CVarArg] = [MHD_OPTION.ARRAY.rawValue, base, MHD_OPTION.END.rawValue]
            return withVaList(arguments) {
                MHD_start_daemon_va(flags, port, nil, nil, accessHandler, context, $0)
            }
        }
    }

    private static func option(
        _ name: MHD_OPTION, _ value: Int = 0, pointer: UnsafeMutableRawPointer? = nil
    ) -> MHD_OptionItem {
        MHD_OptionItem(option: name, value: value, ptr_value: pointer)
    }
}

/// What the library's callbacks need.
final class HTTPServerCore: Sendable {
    let handler: any HTTPHandler
    let limits: HTTPLimits
    let workers: WorkerPool
    let watch: ConnectionWatch
    private let flying = Atomic<Int>(0)
    private let requests = Atomic<UInt64>(0)
    private let idPrefix = String(UInt32.random(in: .min ... .max), radix: 16)

    init(_ configuration: HTTPConfiguration, _ handler: any HTTPHandler, _ watch: ConnectionWatch) {
        self.handler = handler
        limits = configuration.limits
        self.watch = watch
        workers = WorkerPool(threads: configuration.workers, waiting: configuration.limits.waitingRequests)
    }

    /// Requests that have begun to arrive and are not answered.
    var inFlight: Int { flying.load(ordering: .relaxed) }

    /// A part of a request has arrived, all of it, or a worker is done with it.
    func receive(
        _ exchange: HTTPExchange, _ connection: OpaquePointer, _ path: UnsafePointer<CChar>,
        _ method: UnsafePointer<CChar>, _ part: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<Int>
    ) -> MHD_Result {
        exchange.moved(to: path)
        if !exchange.isInProgress { return begin(exchange, connection, method, path) }
        if size.pointee > 0 {
            let isEnough = exchange.receive(UnsafeRawBufferPointer(start: part, count: size.pointee))
            size.pointee = 0
            return isEnough ? .YES : .NO
        }
        if exchange.isAnswered { return send(exchange, connection) }
        if exchange.isBodyTooLong { return refuse(exchange, 413, connection) }
        switch handler.answer(exchange) {
        case .ready: return send(exchange, connection)
        case .later(let work): return hand(work, exchange, connection)
        }
    }

    private func begin(
        _ exchange: HTTPExchange, _ connection: OpaquePointer, _ method: UnsafePointer<CChar>,
        _ path: UnsafePointer<CChar>
    ) -> MHD_Result {
        exchange.begin(connection, method: method, path: path, limits: limits) {
            handler.namesRequests
                ? "\(idPrefix)-\(String(requests.add(1, ordering: .relaxed).newValue, radix: 16))" : ""
        }
        flying.add(1, ordering: .relaxed)
        if exchange.isBodyTooLong { return refuse(exchange, 413, connection) }
        let refusal = handler.refusal(of: exchange)
        return refusal == 0 ? .YES : refuse(exchange, refusal, connection)
    }

    private func hand(
        _ work: @escaping @Sendable (HTTPExchange) -> Void, _ exchange: HTTPExchange, _ connection: OpaquePointer
    ) -> MHD_Result {
        exchange.state.enter(.work)
        MHD_suspend_connection(connection)
        let suspended = SuspendedConnection(handle: connection)
        let isTaken = workers.submit {
            work(exchange)
            exchange.isAnswered = true
            MHD_resume_connection(suspended.handle)
        }
        if !isTaken {
            exchange.status = 503
            exchange.isAnswered = true
            exchange.response.removeAll()
            handler.explain(exchange)
            MHD_resume_connection(connection)
        }
        return .YES
    }

    private func refuse(_ exchange: HTTPExchange, _ status: Int, _ connection: OpaquePointer) -> MHD_Result {
        exchange.status = status
        exchange.response.removeAll()
        handler.explain(exchange)
        return send(exchange, connection)
    }

    private func send(_ exchange: HTTPExchange, _ connection: OpaquePointer) -> MHD_Result {
        exchange.state.enter(.delivery)
        let bytes = exchange.response
        // The exchange keeps the bytes as they are until the request is completed, so they need no copy.
        guard let response = MHD_create_response_from_buffer(bytes.count, bytes.base, .RESPMEM_PERSISTENT) else {
            return .NO
        }
        defer { MHD_destroy_response(response) }
        MHD_add_response_header(response, "Content-Type", exchange.contentType.bytes)
        if !exchange.requestID.isEmpty { MHD_add_response_header(response, "X-Request-Id", exchange.requestID) }
        for header in exchange.headers { MHD_add_response_header(response, header.name, header.value) }
        return MHD_queue_response(connection, UInt32(exchange.status), response)
    }

    func finish(_ exchange: HTTPExchange) {
        guard exchange.isInProgress else { return }
        handler.didFinish(exchange)
        exchange.end()
        flying.subtract(1, ordering: .relaxed)
    }
}

/// A connection on its way to a worker, who resumes it and does nothing else with it.
private struct SuspendedConnection: @unchecked Sendable {
    let handle: OpaquePointer
}

// MARK: - The library's callbacks

private let accessHandler: MHD_AccessHandlerCallback = { context, connection, path, method, _, part, size, _ in
    guard let context, let connection, let path, let method, let size,
        let exchange = fs_connection_context(connection)
    else { return .NO }
    return Unmanaged<HTTPServerCore>.fromOpaque(context).takeUnretainedValue().receive(
        Unmanaged<HTTPExchange>.fromOpaque(exchange).takeUnretainedValue(), connection, path, method, part, size)
}

private let notifyConnection: MHD_NotifyConnectionCallback = { context, connection, place, event in
    guard let context, let connection, let place else { return }
    let watch = Unmanaged<HTTPServerCore>.fromOpaque(context).takeUnretainedValue().watch
    if event == .CONNECTION_NOTIFY_STARTED {
        let exchange = HTTPExchange()
        watch.opened(exchange.state, descriptor: fs_connection_descriptor(connection))
        place.pointee = Unmanaged.passRetained(exchange).toOpaque()
    } else if let pointer = place.pointee {
        let exchange = Unmanaged<HTTPExchange>.fromOpaque(pointer)
        watch.closed(exchange.takeUnretainedValue().state)
        exchange.release()
        place.pointee = nil
    }
}

private let notifyCompleted: MHD_RequestCompletedCallback = { context, connection, _, _ in
    guard let context, let connection, let exchange = fs_connection_context(connection) else { return }
    Unmanaged<HTTPServerCore>.fromOpaque(context).takeUnretainedValue().finish(
        Unmanaged<HTTPExchange>.fromOpaque(exchange).takeUnretainedValue())
}
