/**
 * The peer `nestjs`: what `hand` does on NestJS over Fastify, by a guard, a pipe and an exception
 * filter, with valibot in the pipe. Decorators are called as functions, since Node runs this file as it
 * is; what they do is the same.
 *
 * `node peers/nestjs.ts FILE`
 */
import 'reflect-metadata'
import {
  type ArgumentsHost,
  Body,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpCode,
  HttpException,
  Module,
  Param,
  type PipeTransform,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'
import * as v from 'valibot'
import { served } from '../harness/served.ts'
import {
  fromCursor,
  maxBody,
  type Note,
  NoteId,
  NoteInput,
  newNote,
  PageQuery,
  problemOf,
  SignIn,
  toPage,
} from './notes.ts'
import { fill, findNote, listNotes, signIn, storeNote, userOf } from './notes-store.ts'

type Caller = FastifyRequest & { userId: string }

class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request: Caller = context.switchToHttp().getRequest()
    request.userId = userOf(request.headers.authorization) ?? fail(401, 'Sign in first')
    return true
  }
}

class Valid implements PipeTransform {
  readonly #schema: v.GenericSchema

  constructor(schema: v.GenericSchema) {
    this.#schema = schema
  }

  transform(input: unknown): unknown {
    const result = v.safeParse(this.#schema, input)
    return result.success ? result.output : fail(422, result.issues[0].message)
  }
}

class Problems implements ExceptionFilter {
  catch(error: Error & { statusCode?: number }, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : (error.statusCode ?? 500)
    if (status >= 500) console.error(error)
    const title = status < 500 ? error.message : 'Internal server error'
    const reply: FastifyReply = host.switchToHttp().getResponse()
    reply.code(status).type('application/problem+json').send(problemOf(status, title))
  }
}
Catch()(Problems)

class Auth {
  async signIn(input: v.InferOutput<typeof SignIn>): Promise<{ token: string }> {
    return { token: (await signIn(input)) ?? fail(401, 'Wrong e-mail or password') }
  }
}
method(Auth, 'signIn', [Post('sign-in'), HttpCode(200)], [Body(new Valid(SignIn))])
Controller('auth')(Auth)

class Notes {
  get(id: string, request: Caller): Note {
    return findNote(id, request.userId) ?? fail(404, 'Not found')
  }

  list({ limit, cursor }: v.InferOutput<typeof PageQuery>, request: Caller): object {
    const after =
      cursor === undefined
        ? undefined
        : (fromCursor(cursor) ?? fail(400, 'Not a cursor of this list'))
    return toPage(listNotes(request.userId, limit + 1, after), limit)
  }

  create(input: v.InferOutput<typeof NoteInput>, request: Caller, reply: FastifyReply): Note {
    const note = newNote(input, request.userId)
    storeNote(note)
    reply.header('location', `/notes/${note.id}`)
    return note
  }
}
method(Notes, 'get', [Get(':id')], [Param('id', new Valid(NoteId)), Req()])
method(Notes, 'list', [Get()], [Query(new Valid(PageQuery)), Req()])
method(Notes, 'create', [Post()], [Body(new Valid(NoteInput)), Req(), Res({ passthrough: true })])
UseGuards(SignedIn)(Notes)
Controller('notes')(Notes)

class App {}
Module({ controllers: [Auth, Notes] })(App)

/** Decorates a method and its parameters as the compiler would. */
function method(
  type: { readonly prototype: object },
  name: string,
  decorators: readonly MethodDecorator[],
  parameters: readonly ParameterDecorator[],
): void {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name)
  if (descriptor === undefined) throw new TypeError(`${name} is no method`)
  for (const [index, decorate] of parameters.entries()) decorate(type.prototype, name, index)
  for (const decorate of decorators.toReversed()) decorate(type.prototype, name, descriptor)
}

function fail(status: number, title: string): never {
  throw new HttpException(title, status)
}

await fill()
const app = await NestFactory.create<NestFastifyApplication>(
  App,
  new FastifyAdapter({ bodyLimit: maxBody, requestIdHeader: 'x-request-id' }),
  { logger: ['error'] },
)
app.useGlobalFilters(new Problems())
await app.listen(0, '127.0.0.1')
const { port } = app.getHttpServer().address() as { port: number }
served({ port, signIn: '/auth/sign-in', credential: 'bearer' })
